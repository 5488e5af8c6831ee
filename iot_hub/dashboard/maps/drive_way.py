"""The way of a drive as steps of a value: how fast, how high, how thirsty or how warm it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from iot_hub.dashboard.data import Row

MOST_POSITIONS = 1500
UNITS = {"speed": "km/h", "fuel": "L/100 km", "energy": "kWh/100 km", "altitude": "m", "temperature": "°C"}
_LONGEST_STEP = timedelta(minutes=3)
"""Between fixes further apart the way is not known: a straight line would be a guess."""
_SHADES = 24
"""Values that the eye can tell apart on the map: steps of one are one line."""


def step_s(duration: timedelta) -> int:
    """Return how many seconds positions are apart, at least."""
    return max(1, round(duration.total_seconds() / MOST_POSITIONS))


def figures_of(rows: Sequence[Row]) -> list[str]:
    """Return the figures that a way has in two positions or more."""
    return [name for name in UNITS if sum(row[name] is not None for row in rows) > 1]


def way(rows: Sequence[Row], figure: str) -> dict[str, Any] | None:
    """Return the steps of a way as GeoJSON with the span of their values; None where none is known.

    The span leaves out the highest and lowest hundredth, which would take all colours for themselves.
    """
    values = [_scaled(row, figure) for row in rows]
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    low, high = known[len(known) // 100], known[-1 - len(known) // 100]
    features: list[dict[str, Any]] = []
    shade, end = None, None
    for before, after, value in zip(rows, rows[1:], values[1:], strict=False):
        if value is None or after["location_time"] - before["location_time"] > _LONGEST_STEP:
            shade = None
            continue
        start, target = _point(before), _point(after)
        if abs(target[0] - start[0]) > 180:
            shade = None
            continue
        mine = round(min(max(value - low, 0) / (high - low), 1) * _SHADES) if high > low else 0
        if mine == shade and start == end:
            features[-1]["geometry"]["coordinates"].append(target)
        else:
            features.append(
                {
                    "type": "Feature",
                    "properties": {"value": round(low + (high - low) * mine / _SHADES, 2)},
                    "geometry": {"type": "LineString", "coordinates": [start, target]},
                }
            )
        shade, end = mine, target
    return {
        "name": figure,
        "steps": {"type": "FeatureCollection", "features": features},
        "span": [round(low), round(high)] if high - low >= 2 else [round(low, 1), round(high, 1)],
        "unit": UNITS[figure],
    }


def _scaled(row: Row, figure: str) -> float | None:
    value = row[figure]
    return None if value is None else float(value) / (10 if figure == "energy" else 1)


def _point(row: Row) -> list[float]:
    return [round(row["longitude"], 6), round(row["latitude"], 6)]
