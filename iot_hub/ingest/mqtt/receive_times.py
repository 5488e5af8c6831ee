"""When each unacknowledged message was first received, in a mapped file that outlives a killed process.

A message without a time of its own gets the time of its receipt. A broker sends what was not acknowledged again, under
the same packet id, and only the same time makes it the same event. The file survives ``kill -9``, since its pages are
the kernel's; after a power cut such a message may be stored twice.

The flag for a repeated message proves nothing: Mosquitto sets it on what never left it, too. So the content has to be
the same, and the entry recent: packet ids come again after 65,535 messages, and a switch says "ON" more than once.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
import zlib
from pathlib import Path

from iot_hub.files.private_files import make_folder
from iot_hub.timestamps import SECOND, Microseconds

_ENTRY = struct.Struct("<qII")
"""Microseconds, CRC-32 of topic and payload, number of the message."""
_NEWEST = struct.Struct("<Q")
"""The number of the newest message, in the place of packet id 0, which no packet has."""
_BYTES = 65_536 * _ENTRY.size
_RECENT = 32_768
"""Half the packet ids: a reader holds less than that unacknowledged."""


class ReceiveTimes:
    """The times of receipt, by packet id."""

    def __init__(self, path: Path) -> None:
        """Open the file, created where there is none, for its owner alone. Raises OSError."""
        make_folder(path.parent)
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            if os.fstat(number).st_size != _BYTES:
                # A full disk must show itself here, and not as a signal at the first write to the map.
                os.ftruncate(number, 0)
                os.posix_fallocate(number, 0, _BYTES)
            self._map = mmap.mmap(number, _BYTES)
        finally:
            os.close(number)
        [self._number] = _NEWEST.unpack_from(self._map, 0)
        self._newest_before = self._number
        self._repeated: set[int] = set()
        self._last = 0

    def close(self) -> None:
        """Close the file."""
        self._map.close()

    def begin_connection(self) -> None:
        """Expect what was not acknowledged once more: each packet id is repeated at most once in a connection."""
        self._newest_before = self._number
        self._repeated.clear()

    def forget(self) -> None:
        """Forget all messages: the broker has forgotten them too, and begins to count their ids again."""
        self._map[:] = bytes(_BYTES)
        self._number = self._newest_before = 0

    def received_at(self, packet_id: int, topic: str, payload: bytes, *, is_repeated: bool) -> Microseconds:
        """Return when a message was first received, as far as is known: now, and later than any message before it."""
        if is_repeated and packet_id not in self._repeated:
            at, known, number = _ENTRY.unpack_from(self._map, packet_id * _ENTRY.size)
            is_recent = (self._newest_before - number) & 0xFFFF_FFFF < _RECENT
            if at and is_recent and known == _content(topic, payload):
                self._repeated.add(packet_id)
                return int(at)
        if packet_id:
            self._number += 1
            _NEWEST.pack_into(self._map, 0, self._number)
        # Two equal messages of one read are two events.
        self._last = max(int(time.time() * SECOND), self._last + 1)
        return self._last

    def remember(self, packet_id: int, topic: str, payload: bytes, at: Microseconds) -> None:
        """Remember when a message was received, before anything of it is stored: it has no time of its own."""
        if packet_id:
            place, number = packet_id * _ENTRY.size, self._number & 0xFFFF_FFFF
            _ENTRY.pack_into(self._map, place, at, _content(topic, payload), number)


def _content(topic: str, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(topic.encode()))
