"""Parallels, meridians and a scale bar, which make an empty sheet a map."""

from __future__ import annotations

import math
from dataclasses import dataclass

from iot_hub.dashboard.maps.bounds import METRES_PER_DEGREE, Bounds
from iot_hub.dashboard.translations import Translator
from iot_hub.values import wrap_longitude

_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30)
_LABEL_SHARE = 0.27
"""The share of the bounds' width that a label takes, with room around it."""
_EDGE_SHARE = 0.06
"""The share of the bounds' height that its labels take."""
_LINE_REACH = 9
"""Lines reach this many times as far as the first view, for those who move the map."""


@dataclass(frozen=True)
class Line:
    """A line of the map and what is written on it."""

    path: list[tuple[float, float]]
    label_at: tuple[float, float]
    label: str


def meridians(bounds: Bounds) -> list[Line]:
    """Return the meridians in and around the bounds, labelled at the lower edge."""
    area, step = bounds.scaled(_LINE_REACH), line_step(bounds)
    return [
        Line([(x, area.south), (x, area.north)], (x, bounds.south), _degrees(x, step, "EW"))
        # Around the whole world the first and the last are one.
        for x in dict.fromkeys(round(wrap_longitude(x), 6) for x in _multiples(step, area.west, area.east))
    ]


def parallels(bounds: Bounds) -> list[Line]:
    """Return the parallels in and around the bounds, labelled at the left edge."""
    area, step = bounds.scaled(_LINE_REACH), line_step(bounds)
    return [
        Line([(part.west, y), (part.east, y)], (wrap_longitude(bounds.west), y), label)
        for y in _multiples(step, area.south, area.north)
        # In two parts across the antimeridian, of which one is labelled.
        for part, label in zip(area.parts, (_label_of_parallel(y, step, bounds), ""), strict=False)
    ]


def _label_of_parallel(y: float, step: float, bounds: Bounds) -> str:
    # The meridians' labels stand along the lower edge.
    return "" if abs(y - bounds.south) < bounds.height * _EDGE_SHARE else _degrees(y, step, "NS")


def line_step(bounds: Bounds) -> float:
    """Return the smallest round step, in degrees, whose labels do not touch each other."""
    least = max(bounds.width, bounds.height / bounds.longitude_scale) * _LABEL_SHARE
    return next((step for step in _STEPS if step >= least), _STEPS[-1])


def _multiples(step: float, low: float, high: float) -> list[float]:
    return [round(n * step, 6) for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _degrees(value: float, step: float, sides: str) -> str:
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    side = "" if value in (0, -180) else sides[value < 0]
    return f"{abs(value):.{decimals}f}°{side}"


def scale_bar(bounds: Bounds, texts: Translator) -> Line:
    """Return a bar of a round length, at the lower right."""
    degree = METRES_PER_DEGREE * bounds.longitude_scale
    metres = round_length(bounds.width * degree / 4)
    west = bounds.east - metres / degree
    y = bounds.south + bounds.height * 0.02
    label = f"{texts.format_number(metres / 1000, 0)} km" if metres >= 1000 else f"{texts.format_number(metres, 0)} m"
    return Line([(west, y), (bounds.east, y)], ((west + bounds.east) / 2, y), label)


def round_length(metres: float) -> float:
    """Return the longest length of 1, 2 or 5 times a power of ten that is not longer."""
    power: float = 10.0 ** math.floor(math.log10(metres))
    return max(n * power for n in (1, 2, 5) if n * power <= metres)
