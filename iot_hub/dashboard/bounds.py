"""A rectangle of the map, in degrees, and the view that shows it whole."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_SMALLEST = 0.006
"""Degrees of latitude that are shown at least, some 700 m: a device that lies still has a surrounding."""
_NARROWEST_PX, _LOWEST_PX = 260, 270
"""The part of the narrowest map, a phone's, that the extent has to fit in."""
_TILE_PX = 512
_FURTHEST = 85.0
METRES_A_DEGREE = 111_195.0


@dataclass(frozen=True)
class Extent:
    """A rectangle between two meridians and two parallels."""

    west: float
    south: float
    east: float
    north: float

    @property
    def width(self) -> float:
        """Degrees from west to east."""
        return self.east - self.west

    @property
    def height(self) -> float:
        """Degrees from south to north."""
        return self.north - self.south

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the middle."""
        return (self.west + self.east) / 2, (self.south + self.north) / 2

    @property
    def narrowing(self) -> float:
        """How much shorter than a degree of latitude a degree of longitude is here."""
        return max(0.05, math.cos(math.radians(self.centre[1])))

    def grown(self, factor: float) -> Extent:
        """Give the extent that many times as wide and high, as far as the map goes."""
        x, y = self.centre
        half_width, half_height = self.width * factor / 2, self.height * factor / 2
        return Extent(
            max(-180.0, x - half_width),
            max(-_FURTHEST, y - half_height),
            min(180.0, x + half_width),
            min(_FURTHEST, y + half_height),
        )

    @property
    def zoom(self) -> float:
        """The zoom at which the extent fits into a narrow map."""
        across = _NARROWEST_PX * 360 / (_TILE_PX * self.width)
        along = _LOWEST_PX * 360 * self.narrowing / (_TILE_PX * self.height)
        return max(0.0, min(17.0, math.log2(min(across, along))))

    @property
    def metres_a_pixel(self) -> float:
        """How much a pixel shows at that zoom."""
        return METRES_A_DEGREE * 360 * self.narrowing / (_TILE_PX * math.exp2(self.zoom))


def extent_of(positions: Iterable[tuple[float, float]]) -> Extent:
    """Give the extent of positions (longitude, latitude), snapped outwards.

    Snapped, so that a live page keeps its view until a device walks out of it.
    """
    xs, ys = zip(*positions, strict=True)
    x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    narrowing = max(0.05, math.cos(math.radians(y)))
    half_height = max(_SMALLEST, max(ys) - min(ys)) / 2
    half_width = max(_SMALLEST / narrowing, max(xs) - min(xs)) / 2
    grid = 2.0 ** math.ceil(math.log2(max(half_height, half_width) / 4))
    return Extent(
        math.floor((x - half_width) / grid) * grid,
        max(-_FURTHEST, math.floor((y - half_height) / grid) * grid),
        math.ceil((x + half_width) / grid) * grid,
        min(_FURTHEST, math.ceil((y + half_height) / grid) * grid),
    )
