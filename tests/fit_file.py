"""Writes FIT files, as the devices do: definitions, messages, a checksum."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime

from iot_hub.transfer.imports.fit import EPOCH
from iot_hub.transfer.imports.fit_messages import checksum

TIME = (253, "I")
LATITUDE, LONGITUDE, ALTITUDE, HEART_RATE = (0, "i"), (1, "i"), (2, "H"), (3, "B")
RECORD = 20

_BASE_TYPES = {"B": 0x02, "b": 0x01, "H": 0x84, "h": 0x83, "I": 0x86, "i": 0x85, "Q": 0x8F, "f": 0x88, "s": 0x07}


def fit_time(iso: str) -> int:
    """A time as FIT writes it."""
    return round(datetime.fromisoformat(iso).astimezone(UTC).timestamp()) - EPOCH


def semicircles(degrees: float) -> int:
    return round(degrees / 180 * 2**31)


class FitFile:
    """A file that grows message by message."""

    def __init__(self, order: str = "<", type: int = 4) -> None:
        self._order = order
        self._codes: dict[int, str] = {}
        self.content = b""
        self.define(0, 0, [(0, "B")])
        self.add(0, type)

    def define(
        self,
        local: int,
        number: int,
        fields: Sequence[tuple[int, str]],
        developer: Sequence[tuple[int, str]] = (),
    ) -> None:
        """Define a message: its number here, its number in the profile, its fields and codes of struct."""

        def each(field: int, code: str, last: int) -> bytes:
            return bytes([field, struct.calcsize(f"<{code}"), last])

        self._codes[local] = self._order + "".join(code for _, code in [*fields, *developer])
        head = bytes([0x40 | local | (0x20 if developer else 0), 0, self._order == ">"])
        self.content += head + struct.pack(f"{self._order}HB", number, len(fields))
        self.content += b"".join(each(field, code, _BASE_TYPES[code[-1]]) for field, code in fields)
        if developer:
            self.content += bytes([len(developer)]) + b"".join(each(field, code, 0) for field, code in developer)

    def add(self, local: int, *values: float | bytes) -> None:
        self.content += bytes([local]) + struct.pack(self._codes[local], *values)

    def add_compressed(self, local: int, seconds: int, *values: float | bytes) -> None:
        """Add a message whose time is the last 5 bits in its header."""
        self.content += bytes([0x80 | local << 5 | seconds & 0x1F]) + struct.pack(self._codes[local], *values)

    def bytes(self, *, header: int = 14, size: int | None = None) -> bytes:
        """The file, with a right checksum; of another size than the true one where one is given."""
        said = len(self.content) if size is None else size
        head = struct.pack("<BBHI4s", header, 0x20, 2132, said, b".FIT")
        head += struct.pack("<H", checksum(head)) if header == 14 else b""
        whole = head + self.content
        return whole + struct.pack("<H", checksum(whole))
