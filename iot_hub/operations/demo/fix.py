"""A phone's location: a new fix with each report outdoors, an old one repeated for hours indoors."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from iot_hub.operations.demo.plan import Stretch
from iot_hub.operations.demo.route import METRES_A_DEGREE, Position


class Receiver:
    """Takes fixes, and remembers the last one; there is none before the first report."""

    def __init__(self, draw: Random) -> None:
        self._draw = draw
        self._fix: dict[str, Any] = {}
        self._stretch: Stretch | None = None
        self._due = 0.0

    def report(self, at: float, stretch: Stretch) -> dict[str, Any]:
        """Return the location that the phone reports at an instant: the last fix, or a new one."""
        if stretch is not self._stretch or at >= self._due:
            self._stretch = stretch
            self._due = at + (self._draw.uniform(2400, 12_000) if stretch.indoors else 0)
            self._fix = self._new_fix(at, stretch)
        return self._fix

    def _new_fix(self, at: float, stretch: Stretch) -> dict[str, Any]:
        draw = self._draw
        taken = round(max(at - draw.uniform(0.2, 4.0), stretch.start), 2)
        position = stretch.position(taken)
        if stretch.indoors and draw.random() < 0.6:
            return self._make_fix(position, taken, draw.uniform(15, 45), "network")
        accuracy = draw.uniform(10, 30) if stretch.indoors else min(3 + draw.expovariate(0.4), 25)
        return self._make_fix(position, taken, accuracy, "gps") | {
            "bearing": round((position.bearing + draw.gauss(0, 4)) % 360, 1) if position.speed > 0.2 else 0.0,
            "altitude_m": round(position.elevation + draw.uniform(-4, 4)),
            "fix_speed_ms": round(max(0.0, position.speed + draw.gauss(0, 0.1)), 2),
        }

    def _make_fix(self, position: Position, taken: float, accuracy: float, provider: str) -> dict[str, Any]:
        """Return a position off by at most the accuracy; radio masts give neither altitude nor motion."""
        miss, direction = accuracy * self._draw.random() * 0.9, self._draw.random() * math.tau
        degrees = miss / METRES_A_DEGREE
        east = degrees * math.sin(direction) / math.cos(math.radians(position.latitude))
        return {
            "bearing": None,
            "latitude": round(position.latitude + degrees * math.cos(direction), 7),
            "longitude": round(position.longitude + east, 7),
            "altitude_m": None,
            "fix_provider": provider,
            "fix_speed_ms": None,
            "fix_timestamp": taken,
            "fix_accuracy_m": round(accuracy, 1),
        }
