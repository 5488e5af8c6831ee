"""Cuts a stream into MQTT packets. One that the codec can't read spoils no other.

Facts: MQTT 5.0, 2.1.1 (fixed header), 1.5.5 (variable byte integer), 3.3 (PUBLISH), 3.2.2 of 3.1.1 (its CONNACK).
"""

from __future__ import annotations

import asyncio

import mqtt5

from iot_hub.ingest.mqtt.message import Message

CONNACK = 2
PUBLISH = 3


class MalformedPacketError(Exception):
    """The broker sent something that is not MQTT 5."""


class OldProtocolError(MalformedPacketError):
    """The broker speaks MQTT 3.1.1 only; the hub needs MQTT 5."""


def read_packets(data: bytes | bytearray) -> tuple[list[mqtt5.Packet | Message], int]:
    """Return the complete packets at the start of some bytes, and how many bytes those are.

    A PUBLISH that the codec can't read comes as a message of its own. Raises MalformedPacketError.
    """
    packets: list[mqtt5.Packet | Message] = []
    position = 0
    read = mqtt5.read
    view = memoryview(data)
    try:
        while position < len(view):
            try:
                packet, size = read(view[position:])
            except IndexError:
                frame = _frame(view[position:])
                if frame is None:
                    break
                packets.append(_unreadable(frame))
                position += len(frame)
            except (KeyboardInterrupt, SystemExit, asyncio.CancelledError):
                raise
            except BaseException as error:
                # The codec panics over text that is not UTF-8, and a panic is no Exception.
                frame = _frame(view[position:])
                if frame is None:
                    raise MalformedPacketError from error
                packets.append(_unreadable(frame))
                position += len(frame)
            else:
                packets.append(packet)
                position += size
    finally:
        view.release()
    return packets, position


def _frame(view: memoryview) -> bytes | None:
    """Return the packet at the start, by its length; None where it is not complete. Raises MalformedPacketError."""
    length = 0
    for index in range(1, 5):
        if index >= len(view):
            return None
        length |= (view[index] & 0x7F) << (7 * (index - 1))
        if view[index] < 0x80:
            end = index + 1 + length
            return bytes(view[:end]) if end <= len(view) else None
    raise MalformedPacketError


def _unreadable(frame: bytes) -> Message:
    """Return a PUBLISH as a message that can be acknowledged. Raises MalformedPacketError for any other packet."""
    kind, flags = frame[0] >> 4, frame[0] & 0x0F
    if kind == CONNACK and len(frame) == 4:
        raise OldProtocolError
    if kind != PUBLISH:
        raise MalformedPacketError
    start = next(index for index in range(1, 5) if frame[index] < 0x80) + 1
    end = start + 2 + int.from_bytes(frame[start : start + 2])
    has_id = bool(flags & 0x06)
    if end + 2 * has_id > len(frame):
        raise MalformedPacketError
    packet_id = int.from_bytes(frame[end : end + 2]) if has_id else 0
    return Message(
        frame[start + 2 : end].decode(errors="replace"), frame, bool(flags & 1), packet_id, bool(flags & 8), False
    )
