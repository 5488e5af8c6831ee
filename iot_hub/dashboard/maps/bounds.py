"""A rectangle of the map, in degrees, and the view that shows it whole."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from iot_hub.transfer.antimeridian import smallest_arc
from iot_hub.values import wrap_longitude

_SMALLEST = 0.006
"""Degrees of latitude shown at least, some 700 m: a device that does not move is shown with its surroundings."""
_NARROWEST_PX, _LOWEST_PX = 260, 270
"""The part of the narrowest map, a phone's, that the bounds have to fit in."""
_TILE_PX = 512
_MAX_LATITUDE = 85.0
METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True)
class Bounds:
    """A rectangle between two meridians and two parallels. Across the antimeridian the eastern one is beyond 180."""

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
    def longitude_scale(self) -> float:
        """The length of a degree of longitude here, relative to one of latitude."""
        return max(0.05, math.cos(math.radians(self.centre[1])))

    def scaled(self, factor: float) -> Bounds:
        """Return the bounds that many times as wide and high, at most the whole map."""
        x, y = self.centre
        x = wrap_longitude(x)
        half_width, half_height = min(180.0, self.width * factor / 2), self.height * factor / 2
        return Bounds(
            x - half_width,
            max(-_MAX_LATITUDE, y - half_height),
            x + half_width,
            min(_MAX_LATITUDE, y + half_height),
        )

    @property
    def parts(self) -> tuple[Bounds, ...]:
        """The bounds from -180 to 180 degrees: in two parts where they reach across the antimeridian."""
        turn = 360 * math.floor((self.west + 180) / 360)
        west, east = self.west - turn, self.east - turn
        if east <= 180:
            return (replace(self, west=west, east=east),)
        return replace(self, west=west, east=180.0), replace(self, west=-180.0, east=east - 360)

    @property
    def zoom(self) -> float:
        """The zoom at which the bounds fit into a narrow map."""
        across = _NARROWEST_PX * 360 / (_TILE_PX * self.width)
        along = _LOWEST_PX * 360 * self.longitude_scale / (_TILE_PX * self.height)
        return max(0.0, min(17.0, math.log2(min(across, along))))

    @property
    def metres_per_pixel(self) -> float:
        """Metres shown by a pixel at that zoom."""
        return METRES_PER_DEGREE * 360 * self.longitude_scale / (_TILE_PX * math.exp2(self.zoom))


def bounds_of(positions: Iterable[tuple[float, float]]) -> Bounds:
    """Return the bounds of positions (longitude, latitude), snapped outwards to a grid.

    Snapped, so that a live page keeps its view until the device leaves it.
    """
    xs, ys = zip(*positions, strict=True)
    west, east = smallest_arc(xs)
    x, y = (west + east) / 2, (min(ys) + max(ys)) / 2
    longitude_scale = max(0.05, math.cos(math.radians(y)))
    half_height = max(_SMALLEST, max(ys) - min(ys)) / 2
    half_width = max(_SMALLEST / longitude_scale, east - west) / 2
    grid = 2.0 ** math.ceil(math.log2(max(half_height, half_width) / 4))
    return Bounds(
        math.floor((x - half_width) / grid) * grid,
        max(-_MAX_LATITUDE, math.floor((y - half_height) / grid) * grid),
        math.ceil((x + half_width) / grid) * grid,
        min(_MAX_LATITUDE, math.ceil((y + half_height) / grid) * grid),
    )
