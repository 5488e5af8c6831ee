"""The size and EXIF data of a HEIC photo, without a decoder of its pixels: none has a licence that suits the hub.

The container is ISO/IEC 14496-12's boxes; its items are ISO/IEC 23008-12's. Every length is checked before it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

SUFFIXES = (".heic", ".heif")

_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_MOST_BOXES = 64
_MOST_META = 4_000_000
_MOST_EXIF = 2_000_000
"""Bytes. A phone's are some thousand, and some ten thousand."""


class BrokenHeifError(ValueError):
    """The file is no HEIF file, or is damaged."""


@dataclass(frozen=True)
class Heif:
    """What a file says: its size as it is looked at, upright, in pixels; EXIF data as TIFF, if it has any."""

    width: int
    height: int
    exif: bytes | None


def is_heif(head: bytes) -> bool:
    """Return whether a file begins as HEIF does. 32 bytes suffice."""
    return head[4:8] == b"ftyp" and (head[8:12] in _BRANDS or any(head[n : n + 4] in _BRANDS for n in (16, 20, 24, 28)))


def read_heif(file: IO[bytes]) -> Heif:
    """Read the size and EXIF data of a file's primary image. Raises BrokenHeifError and OSError."""
    meta = _meta(file)
    boxes = dict(_boxes(meta))
    width, height = _size(boxes)
    return Heif(width, height, _exif(file, boxes))


class _Fields:
    """The bytes of a box, read from its start on."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def rest(self) -> bytes:
        return self._data[self._at :]

    def bytes(self, count: int) -> bytes:
        if count > len(self._data) - self._at:
            raise BrokenHeifError("a box ends too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, width: int) -> int:
        return int.from_bytes(self.bytes(width))

    def version(self) -> tuple[int, int]:
        """Read what a full box begins with: its version and flags."""
        return self.number(1), self.number(3)


def _meta(file: IO[bytes]) -> bytes:
    if not is_heif(file.read(32)):
        raise BrokenHeifError("no HEIF file")
    at = 0
    for _ in range(_MOST_BOXES):
        file.seek(at)
        head = _Fields(file.read(16))
        size, kind, header = head.number(4), head.bytes(4), 8
        if size == 1:
            size, header = head.number(8), 16
        if kind == b"meta":
            if not header + 4 <= size <= _MOST_META:
                raise BrokenHeifError("the box of metadata is too small or too large")
            file.seek(at + header)
            return _exactly(file, size - header)[4:]
        if size < header or at + size >= 2**63:
            break
        at += size
    raise BrokenHeifError("no box of metadata")


def _exactly(file: IO[bytes], count: int) -> bytes:
    data = file.read(count)
    if len(data) < count:
        raise BrokenHeifError("the file ends too early")
    return data


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kinds and contents of boxes."""
    fields, left = _Fields(data), len(data)
    while left >= 8:
        size, kind, header = fields.number(4), fields.bytes(4), 8
        if size == 1:
            size, header = fields.number(8), 16
        if size == 0:
            size = left
        if size < header:
            raise BrokenHeifError("a box is smaller than its own head")
        yield kind, fields.bytes(size - header)
        left -= size


def _size(meta: dict[bytes, bytes]) -> tuple[int, int]:
    """Return the size of the primary image: the property that says it, turned by the one that turns it."""
    primary = _Fields(meta.get(b"pitm", b""))
    version, _ = primary.version()
    item = primary.number(2 if version == 0 else 4)
    properties = dict(_boxes(meta.get(b"iprp", b"")))
    all_properties = list(_boxes(properties.get(b"ipco", b"")))
    size, turns = None, 0
    for index in _property_indexes(properties.get(b"ipma", b""), item):
        kind, content = all_properties[index - 1] if 0 < index <= len(all_properties) else (b"", b"")
        fields = _Fields(content)
        if kind == b"ispe":
            fields.version()
            size = fields.number(4), fields.number(4)
        if kind == b"irot":
            turns = fields.number(1) & 3
    if not size or not all(0 < side < 2**31 for side in size):
        raise BrokenHeifError("the image has no size")
    return (size[1], size[0]) if turns % 2 else size


def _property_indexes(ipma: bytes, wanted: int) -> list[int]:
    fields = _Fields(ipma)
    version, flags = fields.version()
    for _ in range(fields.number(4)):
        item = fields.number(2 if version == 0 else 4)
        # The highest bit says whether a reader must know the property.
        indexes = [fields.number(2) & 0x7FFF if flags & 1 else fields.number(1) & 0x7F for _ in range(fields.number(1))]
        if item == wanted:
            return indexes
    return []


def _exif(file: IO[bytes], meta: dict[bytes, bytes]) -> bytes | None:
    item = _exif_item(meta.get(b"iinf", b""))
    if item is None:
        return None
    method, extents = _extents(meta.get(b"iloc", b""), item)
    if sum(length for _, length in extents) > _MOST_EXIF:
        raise BrokenHeifError("there are too many EXIF data")
    parts = []
    for offset, length in extents:
        if method == 1:
            inside = _Fields(meta.get(b"idat", b""))
            inside.bytes(offset)
            parts.append(inside.bytes(length))
        else:
            file.seek(offset)
            parts.append(_exactly(file, length))
    data = _Fields(b"".join(parts))
    # How far the TIFF head is from here, past b"Exif\0\0" mostly.
    data.bytes(data.number(4))
    return data.rest


def _exif_item(iinf: bytes) -> int | None:
    if not iinf:
        return None
    fields = _Fields(iinf)
    version, _ = fields.version()
    fields.number(2 if version == 0 else 4)
    for kind, content in _boxes(fields.rest):
        entry = _Fields(content)
        if kind != b"infe":
            continue
        version, _ = entry.version()
        if version < 2:
            continue
        item = entry.number(2 if version == 2 else 4)
        is_protected = entry.number(2) != 0
        if entry.bytes(4) == b"Exif" and not is_protected:
            return item
    return None


def _extents(iloc: bytes, wanted: int) -> tuple[int, list[tuple[int, int]]]:
    """Return where an item's bytes are: by offsets in the file (0) or in ``idat`` (1), and offsets with lengths."""
    fields = _Fields(iloc)
    version, _ = fields.version()
    widths = fields.number(2)
    offset_width, length_width, base_width = widths >> 12, widths >> 8 & 15, widths >> 4 & 15
    index_width = widths & 15 if version in (1, 2) else 0
    for _ in range(fields.number(2 if version < 2 else 4)):
        item = fields.number(2 if version < 2 else 4)
        method = fields.number(2) & 15 if version in (1, 2) else 0
        is_elsewhere = fields.number(2) != 0
        base = fields.number(base_width)
        count = fields.number(2)
        if item != wanted:
            # At once: extents may have no bytes at all, and be claimed in any number.
            fields.bytes(count * (index_width + offset_width + length_width))
            continue
        extents = []
        for _ in range(count):
            fields.number(index_width)
            offset = base + fields.number(offset_width)
            extents.append((offset, fields.number(length_width)))
        if is_elsewhere or method > 1 or any(offset >= 2**62 for offset, _ in extents):
            raise BrokenHeifError("the EXIF data are not in the file")
        return method, extents
    raise BrokenHeifError("the EXIF data are nowhere")
