"""What a reader makes of a file: events, what could not become one, and what never was to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import msgspec

from iot_hub.event import Event, Rejected
from iot_hub.sources.circumstances import Circumstances
from iot_hub.sources.storable import reason_of

LARGEST_REFUSED = 65_536
"""So much of what can't be read is kept: the rest of a broken file may be a gigabyte."""


class OwnEvent(Event, frozen=True, gc=False):
    """An event that a hub exported: ``device`` is the name of its device there."""


class Ignored(msgspec.Struct, frozen=True, gc=False):
    """Records that are no readings: a place without a time, a planned route, a file of settings."""

    reason: str
    records: int = 1


Item = Event | Rejected | Ignored
Reader = Callable[[BinaryIO, Circumstances], Iterator[Item]]


class BrokenFileError(Exception):
    """From here on a file can't be read; the arguments are the reason's code and what was there."""

    def __init__(self, reason: str, rest: bytes = b"") -> None:
        """Take the reason's code, and the beginning of what can't be read."""
        super().__init__(reason)
        self.reason = reason
        self.rest = rest[:LARGEST_REFUSED]


def events_of_record(index: int, payload: bytes, read: Callable[[], Iterable[Item]]) -> Iterator[Item]:
    """Give what becomes of a record; one that can't be read is rejected, with the reason."""
    try:
        yield from read()
    except (RecursionError, ValueError, OverflowError) as error:  # What msgspec raises is a ValueError too.
        yield Rejected(index, payload[:LARGEST_REFUSED], reason_of(error))
