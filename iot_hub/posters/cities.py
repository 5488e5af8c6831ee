"""Which cities a poster names: the largest, and before them those where the lines lead."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from typing import NamedTuple

from iot_hub.geography.gazetteer import CITIES, rows
from iot_hub.posters.frame import Frame
from iot_hub.posters.poster import Line

_CELLS = 48
"""Cells across the frame, by which a city is near a line."""
_NEAR = 15.0
"""A city on the way outweighs one off it that is this much larger."""
_MERCATOR_M = 6_378_137.0


class City(NamedTuple):
    """A city to name, in Web Mercator where the frame shows it."""

    name: str
    x: float
    y: float
    is_near: bool


def cities_in(frame: Frame, lines: Iterable[Line], most: int) -> list[City]:
    """Return the cities of a frame that are most worth naming, at most ``most``, the best first."""
    near = _cells_of(frame, lines)
    west, east = (_longitude(x) for x in (frame.west, frame.east))
    south, north = _latitude(frame.south), _latitude(frame.north)
    spans_all = east - west >= 360
    found: list[tuple[float, City]] = []
    for name, _country, _region, latitude_text, longitude_text, population_text in rows(CITIES):
        latitude = float(latitude_text)
        if not south < latitude < north:
            continue
        longitude = float(longitude_text)
        if not spans_all and (longitude - west) % 360 >= east - west:
            continue
        x = frame.turned(math.radians(longitude) * _MERCATOR_M)
        y = math.asinh(math.tan(math.radians(latitude))) * _MERCATOR_M
        is_near = _cell(frame, x, y) in near
        weight = (int(population_text) + 100) * (_NEAR if is_near else 1)
        entry = (weight, City(name, x, y, is_near))
        if len(found) < most:
            heapq.heappush(found, entry)
        elif entry > found[0]:
            heapq.heapreplace(found, entry)
    return [city for _, city in sorted(found, reverse=True)]


def _cells_of(frame: Frame, lines: Iterable[Line]) -> set[tuple[int, int]]:
    """Return the cells in which a line has a point, without the way of a flight between two."""
    return {
        (column + right, row + down)
        for column, row in {_cell(frame, x, y) for line in lines for x, y in line}
        for right in (-1, 0, 1)
        for down in (-1, 0, 1)
    }


def _cell(frame: Frame, x: float, y: float) -> tuple[int, int]:
    step = frame.width / _CELLS
    return math.floor((x - frame.west) / step), math.floor((frame.north - y) / step)


def _longitude(x: float) -> float:
    return math.degrees(x / _MERCATOR_M)


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(y / _MERCATOR_M)))
