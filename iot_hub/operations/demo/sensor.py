"""A simulated home sensor: the climate and the air of a living room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from iot_hub.operations.demo.device import Reading, SimulatedDevice
from iot_hub.operations.demo.hours import DAY_BEGINS, instant, is_weekend
from iot_hub.operations.demo.weather import around, season, weather

INTERVAL = 300


@dataclass(frozen=True, kw_only=True)
class HomeSensor(SimulatedDevice):
    """A sensor that is always at home and always connected."""

    type: str = "sensor"

    def day(self, day: date) -> list[Reading]:
        """Return a day's readings, each sent at once."""
        draw = Random(f"{self.seed} sensor {day}")  # noqa: S311
        start = instant(day, DAY_BEGINS, self.zone)
        end = instant(day + timedelta(days=1), DAY_BEGINS, self.zone)
        readings = []
        for due in range(start, end, INTERVAL):
            at = due + draw.randrange(5)
            hour = DAY_BEGINS + (at - start) / 3600
            readings.append(Reading(at, at, _measure(at, _people(hour, is_weekend(day)), draw)))
        return readings


def _people(hour: float, weekend: bool) -> float:
    """Return how full the room is, 0 to 1: in the evening, a bit in the morning, all day on days off."""
    morning, evening = around(hour, 8.0, 1.5), around(hour, 20.0, 2.5)
    return max(0.5 * morning, evening, 0.6 * around(hour, 14.0, 3.0) if weekend else 0.0)


def _measure(at: float, people: float, draw: Random) -> dict[str, Any]:
    """Return the properties for a season, time of day, weather and number of people in the room."""
    warmth, sky = season(at), weather(at)
    return {
        "climate": {
            "temperature_C": round(21.2 + 1.8 * warmth + 1.2 * people + 0.3 * sky + draw.uniform(-0.1, 0.1), 2),
            "humidity_percent": round(47 + 7 * warmth + 5 * people - 2 * sky + draw.uniform(-0.5, 0.5), 1),
            "pressure_hPa": round(1014.5 + 5 * sky + draw.uniform(-0.1, 0.1), 1),
        },
        "air": {"co2_ppm": round(430 + 750 * people + draw.uniform(-15, 15))},
    }
