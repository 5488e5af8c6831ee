"""The number of a tile in a PMTiles archive (https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md)."""

from __future__ import annotations


def tile_id(z: int, x: int, y: int) -> int:
    """Return a tile's number: all tiles of the zooms above, and its place on its own zoom's Hilbert curve."""
    number: int = (4**z - 1) // 3
    side = 1 << z >> 1
    while side:
        right, lower = int(x & side > 0), int(y & side > 0)
        number += side * side * ((3 * right) ^ lower)
        if not lower:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        side >>= 1
    return number
