"""A phone's battery, simulated by its charge in milliampere hours."""

from __future__ import annotations

import math
from random import Random
from typing import Any

CHARGER_MA = 1600.0
LOW_PERCENT = 15.0
SETTLING_SECONDS = 900.0  # A phone warms and cools in a quarter of an hour or so.


class Battery:
    """A lithium-ion battery, full at first. A current above 0 discharges it."""

    def __init__(self, capacity_mAh: int) -> None:
        self.capacity = capacity_mAh
        self.charge = float(capacity_mAh)
        self.current = 0.0
        self.average = 0.0
        self.temperature = 22.5

    @property
    def percent(self) -> float:
        """What is left, 0 to 100."""
        return 100 * self.charge / self.capacity

    def live(self, seconds: float, load: float, *, plugged: bool, surroundings: float) -> None:
        """Advance time under a load (mA), with or without a charger, at an ambient temperature (°C)."""
        if self.percent < LOW_PERCENT:
            load *= 0.25  # Phones save power now.
        self.current = self._current(load, plugged)
        self.charge = min(max(self.charge - self.current * seconds / 3600, 0.0), float(self.capacity))
        settled = 1 - math.exp(-seconds / SETTLING_SECONDS)
        warmth = 0.012 * load + (5.0 if self.current < -100 else 0.0)
        self.temperature += settled * (surroundings + warmth - self.temperature)
        self.average += settled * (self.current - self.average)

    def _current(self, load: float, plugged: bool) -> float:
        if not plugged:
            return load
        return load - CHARGER_MA if self.percent < 100 else -0.05 * load

    def report(self, draw: Random) -> dict[str, Any]:
        """Return the figures as the phone reports them, sometimes with one missing."""
        percent = self.percent
        return {
            "voltage_V": round(3.55 + 0.0068 * percent - 0.0001 * self.current + draw.uniform(-0.004, 0.004), 3),
            "technology": "Li-ion",
            "capacity_mAh": self.capacity,
            "temperature_C": round(self.temperature, 1) if draw.random() > 0.003 else None,
            "remaining_percent": round(percent),
            "remaining_charge_mAh": round(self.charge),
            "remaining_energy_mWh": None,
            "usage_current_mA": round(self.current) if draw.random() > 0.01 else None,
            # Amperes, whatever its name says: the first beta's phone sent 0.253 beside 519.
            "usage_current_average_mA": round(self.average / 1000, 3) + 0.0,  # Never -0.0.
        }
