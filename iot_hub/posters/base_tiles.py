"""Land, lakes and borders of a frame, from the bundled base map.

PMTiles 3 (https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md) holds gzipped Mapbox vector tiles 2
(https://github.com/mapbox/vector-tile-spec/tree/master/2.1).
"""

from __future__ import annotations

import gzip
import math
import struct
from collections.abc import Iterator
from pathlib import Path

from iot_hub.geography.base_map import FILE
from iot_hub.geography.tile_numbers import tile_id
from iot_hub.posters.frame import WORLD_M, Frame
from iot_hub.posters.poster import Line

LAYERS = ("land", "lakes", "regions", "borders")
_MOST_TILES_ACROSS = 5
_LAST_ZOOM = 6
_MOVE, _LINE, _CLOSE = 1, 2, 7
_POINT = 1


def shapes_in(frame: Frame, file: Path = FILE) -> Iterator[tuple[str, list[Line]]]:
    """Yield the layer and the rings or lines of each shape, in Web Mercator, where the frame shows them."""
    zoom = max(0, min(_LAST_ZOOM, int(math.log2(_MOST_TILES_ACROSS * WORLD_M / max(frame.width, frame.height)))))
    side = WORLD_M / 2**zoom
    archive = _Archive(file)
    for row in range(_tile(WORLD_M / 2 - frame.north, side), _tile(WORLD_M / 2 - frame.south, side) + 1):
        for column in range(_tile(frame.west + WORLD_M / 2, side), _tile(frame.east + WORLD_M / 2, side) + 1):
            if 0 <= row < 2**zoom and (packed := archive.tile(zoom, column % 2**zoom, row)):
                corner = (column * side - WORLD_M / 2, WORLD_M / 2 - row * side)
                yield from _shapes(packed, corner, side)


def _tile(distance: float, side: float) -> int:
    return math.floor(distance / side)


class _Archive:
    """One file, of which the parts that are asked for are read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with file.open("rb") as archive:
            header = struct.unpack_from("<8Q", archive.read(127), 8)
        self._root, self._leaves, self._tiles = header[0:2], header[4], header[6]

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return a tile's bytes; None where there is none."""
        wanted = tile_id(z, x, y)
        offset, length = self._root
        for _ in range(4):
            entry = _entry_of(gzip.decompress(self._read(offset, length)), wanted)
            if entry is None:
                return None
            first, run, at, length = entry
            if run:
                return gzip.decompress(self._read(self._tiles + at, length)) if wanted < first + run else None
            offset = self._leaves + at
        return None

    def _read(self, offset: int, length: int) -> bytes:
        with self._file.open("rb") as archive:
            archive.seek(offset)
            return archive.read(length)


def _entry_of(directory: bytes, wanted: int) -> tuple[int, int, int, int] | None:
    """Return the last entry that begins at a tile or before it: first tile, run (0: a leaf), offset, length."""
    numbers = _varints(directory)
    count = next(numbers)
    deltas, runs, lengths, offsets = ([next(numbers) for _ in range(count)] for _ in range(4))
    found, tile, end = None, 0, 0
    for delta, run, length, offset in zip(deltas, runs, lengths, offsets, strict=True):
        tile += delta
        if tile > wanted:
            break
        start = offset - 1 if offset else end
        end = start + length
        found = (tile, run, start, length)
    return found


def _shapes(tile: bytes, corner: tuple[float, float], side: float) -> Iterator[tuple[str, list[Line]]]:
    for field, layer in _fields(tile):
        if field != 3:
            continue
        parts = list(_fields(layer))
        name = next(bytes(value) for number, value in parts if number == 1).decode()
        if name not in LAYERS:
            continue
        steps = next((int.from_bytes(value, "little") for number, value in parts if number == 5), 4096)
        for number, feature in parts:
            if number == 2:
                of_feature = dict(_fields(feature))
                if int.from_bytes(of_feature.get(3, b"\1"), "little") != _POINT:
                    yield name, _lines(of_feature.get(4, b""), corner, side / steps)


def _lines(commands: bytes, corner: tuple[float, float], step: float) -> list[Line]:
    numbers = _varints(commands)
    lines: list[Line] = []
    x = y = 0
    west, north = corner
    for command in numbers:
        kind, count = command & 7, command >> 3
        if kind == _CLOSE:
            lines[-1].append(lines[-1][0])
            continue
        for _ in range(count):
            dx, dy = next(numbers), next(numbers)
            x += (dx >> 1) ^ -(dx & 1)
            y += (dy >> 1) ^ -(dy & 1)
            point = (west + x * step, north - y * step)
            if kind == _MOVE:
                lines.append([point])
            else:
                lines[-1].append(point)
    return lines


def _varints(packed: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in packed:
        value |= (byte & 127) << shift
        if byte < 128:
            yield value
            value = shift = 0
        else:
            shift += 7


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the value of each field of a protocol buffer; an integer as its bytes, the lowest first."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint().to_bytes(8, "little")
        else:
            length = {1: 8, 5: 4}.get(key & 7) or varint()
            yield key >> 3, message[at : at + length]
            at += length
