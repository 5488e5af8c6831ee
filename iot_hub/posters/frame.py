"""Fits lines into a picture of the world in Web Mercator, wherever they cross the antimeridian."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from iot_hub.posters.poster import Line

WORLD_M = 40_075_016.685578488
"""The width of the world in Web Mercator."""
_ROOM = 1.16
"""The picture's share beyond the lines."""
_LEAST_WIDTH_M = 700.0
"""A trip around the block is not blown up to a sheet."""


@dataclass(frozen=True)
class Frame:
    """What of the world a picture shows, in Web Mercator. Its east may lie beyond the antimeridian."""

    west: float
    north: float
    width: float
    height: float

    @property
    def south(self) -> float:
        """Its lower edge."""
        return self.north - self.height

    @property
    def east(self) -> float:
        """Its right edge."""
        return self.west + self.width

    def turned(self, x: float) -> float:
        """Return x a whole number of worlds away: the one nearest to the frame's middle."""
        middle = self.west + self.width / 2
        return x + WORLD_M * round((middle - x) / WORLD_M)

    def shift(self, line: Line) -> Line:
        """Return a line as a whole where the frame shows it. No line crosses the antimeridian."""
        by = self.turned((line[0][0] + line[-1][0]) / 2) - (line[0][0] + line[-1][0]) / 2
        return [(x + by, y) for x, y in line] if by else line


def frame_of(lines: Iterable[Line], aspect: float) -> Frame:
    """Return the frame around lines, of a ratio of width to height. Without lines: the inhabited world."""
    spans: list[tuple[float, float]] = []
    south, north = float("inf"), float("-inf")
    for line in lines:
        xs = [x for x, _ in line]
        spans.append((min(xs), max(xs)))
        south = min(south, *(y for _, y in line))
        north = max(north, *(y for _, y in line))
    if not spans:
        width = WORLD_M * min(1.0, aspect * 0.75)
        return Frame(-width / 2, width / aspect / 2 + WORLD_M * 0.06, width, width / aspect)
    west, east = _narrowest(spans)
    width = max((east - west) * _ROOM, (north - south) * _ROOM * aspect, _LEAST_WIDTH_M)
    # Around the world once is all there is; a taller sheet then shows more of the poles' sea.
    width = min(width, max(WORLD_M, WORLD_M * aspect))
    height = width / aspect
    return Frame((west + east) / 2 - width / 2, (north + south) / 2 + height / 2, width, height)


def _narrowest(spans: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the shortest stretch of longitude, eastwards, that holds all: what is left of the largest gap."""
    ordered = sorted(spans)
    end, gap, begins = ordered[0][1], 0.0, ordered[0][0]
    for left, right in ordered[1:]:
        if left - end > gap:
            gap, begins = left - end, left
        end = max(end, right)
    first = ordered[0][0]
    if first + WORLD_M - end >= gap:
        return first, end
    # From after the largest gap, over the antimeridian, to before it.
    return begins, begins + WORLD_M - gap
