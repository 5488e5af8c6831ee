"""HEIC files as phones write them, without an image: the boxes that say how large it is, and its EXIF data."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from photo_files import Position, write_photo
from PIL import Image


def write_heic(file: Path, taken: str | None = None, offset: str | None = None, at: Position | None = None) -> Path:
    """Write a file of a picture of 4032 by 3024 pixels that lies on its side."""
    jpeg = write_photo(file.with_suffix(".made.jpg"), taken, offset, at)
    with Image.open(jpeg) as image:
        exif: bytes = image.info["exif"]
    file.write_bytes(heic(exif))
    jpeg.unlink()
    os.utime(file, (1_700_000_000, 1_700_000_000))
    return file


def heic(exif: bytes, *, in_box: bool = False) -> bytes:
    """The bytes of a file. ``exif`` begins with ``Exif`` and two zeros; ``in_box``: it is among the metadata."""
    data = struct.pack(">I", 6) + exif
    head = box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    size, thumbnail = full(b"ispe", struct.pack(">II", 4032, 3024)), full(b"ispe", struct.pack(">II", 320, 240))
    properties = box(b"ipco", thumbnail + size + box(b"irot", b"\x03"))
    owned = full(b"ipma", struct.pack(">I", 2) + bytes((0, 1, 2, 2, 3)) + bytes((0, 2, 1, 1)))
    items = struct.pack(">H", 3) + b"".join(
        full(b"infe", struct.pack(">HH", item, 0) + kind + b"\0", version=2)
        for item, kind in ((1, b"hvc1"), (2, b"hvc1"), (3, b"Exif"))
    )

    def meta(offset: int) -> bytes:
        where = struct.pack(">HHHHHHIH", 0x4400, 1, 3, int(in_box), 0, 1, offset, 0)[:-2]
        located = full(b"iloc", where + struct.pack(">I", len(data)), version=1)
        parts = full(b"hdlr", bytes(20)) + full(b"pitm", b"\0\1") + full(b"iinf", items) + located
        return full(b"meta", parts + box(b"iprp", properties + owned) + (box(b"idat", data) if in_box else b""))

    if in_box:
        return head + meta(0)
    return head + meta(len(head + meta(0)) + 8) + box(b"mdat", data)


def box(kind: bytes, content: bytes) -> bytes:
    """A box of ISO/IEC 14496-12."""
    return struct.pack(">I4s", 8 + len(content), kind) + content


def full(kind: bytes, content: bytes, version: int = 0) -> bytes:
    """A box with a version."""
    return box(kind, struct.pack(">I", version << 24) + content)
