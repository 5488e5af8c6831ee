"""The FIT protocol: a file's messages, decoded one by one.

A message is preceded by a definition of its fields; either byte order, compressed times, developers' fields and several
files in a row occur. Facts: developer.garmin.com/fit/protocol. A value that the protocol calls invalid is absent.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterator, Mapping
from functools import cache
from struct import Struct
from typing import Any, NamedTuple

from iot_hub.transfer.imports.record import BrokenFileError
from iot_hub.transfer.imports.stream import Stream

MARK = b".FIT"
"""Stands at the ninth byte of a file."""

TIMESTAMP = 253
CHUNK = 1 << 18
LARGEST_MESSAGE = 1 << 17
"""Bytes of a message, at most: 255 fields of 255 bytes, twice."""

LEAST_HEADER = 12

_COMPRESSED, _DEFINITION, _DEVELOPER = 0x80, 0x40, 0x20
_FIELD_DESCRIPTION = 206
_MASK = 0x1F

# Base types by their numbers: how struct reads one, and the value that means there is none.
_BASE_TYPES: Mapping[int, tuple[str, int | None]] = {
    0x00: ("B", 0xFF), 0x01: ("b", 0x7F), 0x02: ("B", 0xFF), 0x83: ("h", 0x7FFF), 0x84: ("H", 0xFFFF),
    0x85: ("i", 0x7FFFFFFF), 0x86: ("I", 0xFFFFFFFF), 0x88: ("f", None), 0x89: ("d", None), 0x0A: ("B", 0),
    0x8B: ("H", 0), 0x8C: ("I", 0), 0x0D: ("B", 0xFF), 0x8E: ("q", 0x7FFFFFFFFFFFFFFF),
    0x8F: ("Q", 0xFFFFFFFFFFFFFFFF), 0x90: ("Q", 0),
}  # fmt: skip
_SIZES = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8, "f": 4, "d": 8}
_STRING = 0x07


class Message(NamedTuple):
    """A message: its number in FIT's profile, and its valid fields by their names."""

    number: int
    fields: dict[str, Any]


class Field(NamedTuple):
    """A field of a definition: its name, its bytes, its base type; whether a developer added it."""

    name: str
    size: int
    base_type: int
    is_developers: bool = False


Profile = Mapping[int, Mapping[int, str]]
"""Names of fields by their numbers, of each message that is wanted; others are counted and not decoded."""


def messages(stream: Stream, profile: Profile) -> Iterator[Message]:
    """Yield the messages of every file in the stream; those that the profile lacks have no fields.

    Raises BrokenFileError where a file is damaged or ends too early, after all that was whole.
    """
    first = stream.read(LEAST_HEADER)
    while first:
        yield from _File(stream, first, profile).messages()
        first = stream.read(LEAST_HEADER)


class _File:
    """One file of a stream: its definitions, its last time, and how far it was read."""

    def __init__(self, stream: Stream, first: bytes, profile: Profile) -> None:
        """Read the header, whose first bytes are given. Raises BrokenFileError."""
        if first[8:12] != MARK or first[0] < LEAST_HEADER:
            raise BrokenFileError("not_fit", first)
        self._stream = stream
        self._profile = profile
        header = first + stream.read(first[0] - LEAST_HEADER)
        self._crc = checksum(header)
        self._left = int.from_bytes(header[4:8], "little")
        self._is_unfinished = self._left == 0 and len(stream.peek(3)) > 2  # A device whose battery died: no size yet.
        self._is_empty = self._left == 0 and not self._is_unfinished
        self._buffer = b""
        self._at = 0
        self._definitions: dict[int, _Definition] = {}
        self._developers: dict[tuple[int, int], tuple[str, int]] = {}
        self._time = 0

    def messages(self) -> Iterator[Message]:
        """Yield the messages. Raises BrokenFileError for a damaged file, after all that was whole."""
        if self._is_empty:
            raise BrokenFileError("file_empty")
        while self._fill():
            header = self._buffer[self._at]
            if header & _COMPRESSED:
                time = self._time + ((header - self._time) & _MASK)
                yield self._data(header >> 5 & 3, time)
            elif header & _DEFINITION:
                self._define(header)
            else:
                yield self._data(header & 0x0F, None)
        if self._is_unfinished:
            raise BrokenFileError("file_unfinished")
        if self._left:
            raise BrokenFileError("cut_off")
        if int.from_bytes(self._stream.read(2), "little") != self._crc:
            raise BrokenFileError("checksum_wrong")

    def _fill(self) -> bool:
        """Read the next message into the buffer, as far as the file holds it; return whether there is one."""
        if len(self._buffer) - self._at < LARGEST_MESSAGE and (self._left or self._is_unfinished):
            chunk = self._stream.read(CHUNK if self._is_unfinished else min(CHUNK, self._left))
            self._buffer = self._buffer[self._at :] + chunk
            self._at = 0
            if chunk and not self._is_unfinished:
                self._left -= len(chunk)
                self._crc = checksum(chunk, self._crc)
        return self._at < len(self._buffer)

    def _need(self, end: int) -> None:
        if end > len(self._buffer):
            raise BrokenFileError("file_unfinished" if self._is_unfinished else "cut_off")

    def _define(self, header: int) -> None:
        buffer, at = self._buffer, self._at
        self._need(at + 6)
        order = ">" if buffer[at + 2] else "<"
        number = int.from_bytes(buffer[at + 3 : at + 5], "big" if buffer[at + 2] else "little")
        end = at + 6 + 3 * buffer[at + 5]
        self._need(end)
        names = self._profile.get(number, {})
        if number == _FIELD_DESCRIPTION:
            names = {0: "developer", 1: "field", 2: "base_type", 3: "name"}
        fields = [
            Field(names.get(field) or ("timestamp" if field == TIMESTAMP else f"field_{field}"), size, base_type)
            for field, size, base_type in _threes(buffer[at + 6 : end])
        ]
        if header & _DEVELOPER:
            self._need(end + 1)
            start, end = end + 1, end + 1 + 3 * buffer[end]
            self._need(end)
            fields += [self._developers_field(*three) for three in _threes(buffer[start:end])]
        is_wanted = number in self._profile or number == _FIELD_DESCRIPTION
        self._definitions[header & 0x0F] = _Definition(number, order, fields, is_wanted=is_wanted)
        self._at = end

    def _developers_field(self, field: int, size: int, developer: int) -> Field:
        name, base_type = self._developers.get((developer, field), ("", 0x0D))
        return Field(name or f"developer_{developer}_{field}", size, base_type, is_developers=True)

    def _data(self, local: int, time: int | None) -> Message:
        definition = self._definitions.get(local)
        if definition is None:
            raise BrokenFileError("damaged", self._buffer[self._at :])
        start = self._at + 1
        self._need(start + definition.size)
        self._at = start + definition.size
        if not definition.is_wanted and not definition.has_time:
            self._time = time or self._time
            return Message(definition.number, {})
        fields = definition.read(self._buffer, start)
        if time is not None:
            fields["timestamp"] = time
        self._time = fields.get("timestamp", self._time)
        if definition.number == _FIELD_DESCRIPTION:
            self._developers[fields.get("developer", 0), fields.get("field", 0)] = (
                str(fields.get("name", "")),
                fields.get("base_type", 0x0D),
            )
            return Message(definition.number, {})
        return Message(definition.number, fields if definition.is_wanted else {})


class _Definition:
    """How the fields of a message lie in its bytes."""

    def __init__(self, number: int, order: str, fields: list[Field], *, is_wanted: bool) -> None:
        self.number = number
        self.is_wanted = is_wanted
        self.has_time = any(field.name == "timestamp" for field in fields)
        plain: list[tuple[str, int]] = []
        self._others: list[tuple[int, Field, str]] = []
        layout = order
        at = 0
        for field in fields:
            code, invalid = _BASE_TYPES.get(field.base_type, ("", None))
            if invalid is not None and field.size == _SIZES[code] and not field.is_developers:
                layout += code
                plain.append((field.name, invalid))
            else:
                layout += f"{field.size}x"
                self._others.append((at, field, order))
            at += field.size
        self._unpack = Struct(layout).unpack_from
        self._names = [name for name, _ in plain]
        self._invalid = [invalid for _, invalid in plain]
        self.size = at

    def read(self, buffer: bytes, start: int) -> dict[str, Any]:
        """Return the valid fields of a message by their names."""
        every = zip(self._names, self._unpack(buffer, start), self._invalid, strict=True)
        found: dict[str, Any] = {name: value for name, value, invalid in every if value != invalid}
        for at, field, order in self._others:
            value = _value(field, buffer[start + at : start + at + field.size], order)
            if value is not None and field.is_developers:
                found.setdefault("developer_fields", {})[field.name] = value
            elif value is not None:
                found[field.name] = value
        return found


def _threes(content: bytes) -> Iterator[tuple[int, int, int]]:
    return zip(content[::3], content[1::3], content[2::3], strict=True)


def _value(field: Field, content: bytes, order: str) -> object:
    """Read a text, a fraction, or several values of a kind; None where none is valid."""
    if field.base_type == _STRING:
        return content.partition(b"\0")[0].decode(errors="replace") or None
    code, invalid = _BASE_TYPES.get(field.base_type, ("B", 0xFF))
    count, rest = divmod(field.size, _SIZES[code])
    if rest or not count:
        return None
    values = [
        value if math.isfinite(value) and value != invalid else None
        for value in Struct(f"{order}{count}{code}").unpack(content)
    ]
    if not any(value is not None for value in values):
        return None
    return values[0] if count == 1 else values


def checksum(content: bytes, crc: int = 0) -> int:
    """Return the checksum of FIT (CRC-16/ARC), two bytes at a time: by the byte it would take longer than decoding."""
    table = _table()
    even = len(content) & ~1
    words = array("H", content[:even])
    if sys.byteorder == "big":
        words.byteswap()
    for word in words:
        crc = table[crc ^ word]
    if even != len(content):
        crc = crc >> 8 ^ table[(crc ^ content[-1]) << 8 & 0xFF00]
    return crc


@cache
def _table() -> list[int]:
    """Return what each two bytes make of the checksum."""
    single = list(range(256))
    for _ in range(8):
        single = [value >> 1 ^ (0xA001 if value & 1 else 0) for value in single]
    return [(once := word >> 8 ^ single[word & 0xFF]) >> 8 ^ single[once & 0xFF] for word in range(1 << 16)]
