"""The seasons and the weather of a fictional place, and what people do at an hour of the day."""

from __future__ import annotations

import math

DAY = 86_400


def season(at: float) -> float:
    """Return how warm the time of year is at a unix second: -1 in January, 1 in July."""
    return -math.cos(math.tau * (at / DAY - 20) / 365.25)


def weather(at: float) -> float:
    """Return what the weather adds to the season, -3 to 3: three incommensurable periods never repeat."""
    return math.sin(at / DAY / 0.71) + math.sin(at / DAY / 1.37) + math.sin(at / DAY / 3.3)


def around(hour: float, middle: float, width: float) -> float:
    """Return how near an hour is to another, 0 to 1."""
    return math.exp(-(((hour - middle) / width) ** 2))


def outdoors(at: float) -> float:
    """Return the temperature of the air (°C), by season, time of day and weather."""
    return 13.5 + 9.5 * season(at) + 4 * math.cos(math.tau * (at / DAY - 14 / 24)) + 1.3 * weather(at)
