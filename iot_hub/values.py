"""Values as devices write them: numbers as text, and every way of saying that one is unknown.

The agent reads with these too, so they need nothing but Python.
"""

from __future__ import annotations

import math

_LARGEST = 1 << 1023
"""Integers beyond it do not fit into a double precision."""


def number(value: object) -> float | int | None:
    """Return a number that is written as one or as text; None for every way of saying that there is none."""
    # By the type itself: a dozen values of each event come this way, and True is no number.
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else None  # type: ignore[arg-type,return-value]
    if kind is int:
        return value if -_LARGEST < value < _LARGEST else None  # type: ignore[operator,return-value]
    return _number_of(value) if kind is str else None  # type: ignore[arg-type]


def _number_of(text: str) -> float | int | None:
    try:
        return number(float(text) if "." in text or not text.strip().lstrip("-").isdecimal() else int(text))
    except ValueError:
        return None


def not_negative(value: object) -> float | int | None:
    """Return a number that apps make negative to say that it is unknown: a speed, a bearing, a level."""
    found = number(value)
    return None if found is None or found < 0 else found


def positive(value: object) -> float | int | None:
    """Return a number of which 0 means unknown: an accuracy. Stored as 0, it would make the worst fix the best."""
    found = number(value)
    return None if found is None or found <= 0 else found


def convert_unit(value: float | int | None, factor: float, digits: int = 6) -> float | None:
    """Convert a number to the hub's unit, without the noise of binary fractions."""
    return None if value is None else number(round(value * factor, digits))


def text(value: object) -> str | None:
    """Return a text without its outer spaces; None for an empty one."""
    return value.strip() or None if isinstance(value, str) else None


def position(latitude: object, longitude: object) -> tuple[float, float] | None:
    """Return a position; None where there is none, or none on Earth. Exactly (0, 0) is a receiver without a fix."""
    north, east = number(latitude), number(longitude)
    if north is None or east is None or not (-90 <= north <= 90 and -180 <= east <= 180) or north == east == 0:
        return None
    return north, east
