"""Read the shapes of an ESRI shapefile (``.shp``): polygons as their rings, polylines as their lines."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from pathlib import Path

Position = tuple[float, float]
Line = list[Position]
HEADER_BYTES = 100


def polylines(path: Path) -> Iterator[list[Line]]:
    """Yield the lines of each shape. Of a polygon: its rings, outer ones clockwise, holes the other way."""
    data = path.read_bytes()
    at = HEADER_BYTES
    while at < len(data):
        _, words = struct.unpack_from(">ii", data, at)
        if struct.unpack_from("<i", data, at + 8)[0]:
            yield _lines(data, at + 8)
        at += 8 + 2 * words


def _lines(data: bytes, start: int) -> list[Line]:
    parts, points = struct.unpack_from("<ii", data, start + 36)
    starts = [*struct.unpack_from(f"<{parts}i", data, start + 44), points]
    flat = struct.unpack_from(f"<{2 * points}d", data, start + 44 + 4 * parts)
    positions = list(zip(flat[::2], flat[1::2], strict=True))
    return [positions[first:last] for first, last in itertools.pairwise(starts)]
