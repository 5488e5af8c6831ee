"""Parallels, meridians and a scale bar: what makes an empty sheet a map."""

from __future__ import annotations

import math
from dataclasses import dataclass

from iot_hub.dashboard.bounds import METRES_A_DEGREE, Extent
from iot_hub.dashboard.translations import Texts

_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30)
_LABEL_SHARE = 0.27
"""What part of the extent's width a label takes, with room around it."""
_EDGE_SHARE = 0.06
"""What part of the extent's height its labels take."""
_AROUND = 9
"""Lines reach so many times as far as the first view, for those who move the map."""


@dataclass(frozen=True)
class Line:
    """A line of the map and what is written on it."""

    path: list[tuple[float, float]]
    label_at: tuple[float, float]
    label: str


def meridians(extent: Extent) -> list[Line]:
    """Give the meridians through and around an extent, labelled at its lower edge."""
    reach, step = extent.grown(_AROUND), line_step(extent)
    return [
        Line([(x, reach.south), (x, reach.north)], (x, extent.south), _degrees(x, step, "EW"))
        for x in _multiples(step, reach.west, reach.east)
    ]


def parallels(extent: Extent) -> list[Line]:
    """Give the parallels through and around an extent, labelled at its left edge."""
    reach, step = extent.grown(_AROUND), line_step(extent)
    return [
        Line([(reach.west, y), (reach.east, y)], (extent.west, y), _label_of_parallel(y, step, extent))
        for y in _multiples(step, reach.south, reach.north)
    ]


def _label_of_parallel(y: float, step: float, extent: Extent) -> str:
    # The meridians' labels stand along the lower edge.
    return "" if abs(y - extent.south) < extent.height * _EDGE_SHARE else _degrees(y, step, "NS")


def line_step(extent: Extent) -> float:
    """Choose the smallest round step, in degrees, whose labels do not touch each other."""
    least = max(extent.width, extent.height / extent.narrowing) * _LABEL_SHARE
    return next((step for step in _STEPS if step >= least), _STEPS[-1])


def _multiples(step: float, low: float, high: float) -> list[float]:
    return [round(n * step, 6) for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _degrees(value: float, step: float, sides: str) -> str:
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    side = "" if value == 0 else sides[value < 0]
    return f"{abs(value):.{decimals}f}°{side}"


def scale_bar(extent: Extent, texts: Texts) -> Line:
    """Give a bar of a round length, under the extent's right end."""
    degree = METRES_A_DEGREE * extent.narrowing
    metres = round_length(extent.width * degree / 4)
    west = extent.east - metres / degree
    y = extent.south + extent.height * 0.02
    label = f"{texts.number(metres / 1000, 0)} km" if metres >= 1000 else f"{texts.number(metres, 0)} m"
    return Line([(west, y), (extent.east, y)], ((west + extent.east) / 2, y), label)


def round_length(metres: float) -> float:
    """Give the longest 1, 2 or 5 times a power of ten that is no longer."""
    power: float = 10.0 ** math.floor(math.log10(metres))
    return max(n * power for n in (1, 2, 5) if n * power <= metres)
