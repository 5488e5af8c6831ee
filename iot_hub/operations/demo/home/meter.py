"""A Shelly of the third generation on the mains of a flat whose balcony has solar panels.

The facts are those of sources/mqtt/shelly.py. Power below 0 is fed in; what is drawn and what is fed in are counted
apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import ClassVar

from iot_hub.operations.demo.home.home_device import INSTALLED, HomeDevice, HomeMessage, message
from iot_hub.operations.demo.home.plug import WashingMachine
from iot_hub.operations.demo.hours import DAY_BEGINS, instant
from iot_hub.operations.demo.weather import around, season

PREFIX = "demo-electricity-meter"
INTERVAL = 300
PANELS_W = 800
NOON = 13.0


@dataclass(frozen=True, kw_only=True)
class ElectricityMeter(HomeDevice):
    """A meter between the flat and the grid."""

    washing_machine: WashingMachine
    protocol: ClassVar[str] = "shelly"
    model: ClassVar[str] = "shellypmminig3"

    def introduction(self, at: float) -> list[HomeMessage]:
        """Return that it is online."""
        return [HomeMessage(at, f"{PREFIX}/online", b"true", True)]

    def day(self, day: date) -> list[HomeMessage]:
        """Return its counters every five minutes."""
        draw = Random(f"{self.identity} {day}")  # noqa: S311
        source = f"{self.model}-{self.identity.replace(':', '').lower()}"
        drawn, fed = _counted_before(self, day)
        messages = []
        for at, power in self.powers(day):
            voltage = draw.uniform(229, 233)
            measured = {
                "id": 0,
                "voltage": round(voltage, 1),
                "current": round(abs(power) / voltage, 3),
                "apower": round(power, 1),
                "freq": round(draw.uniform(49.95, 50.05), 2),
                "aenergy": {"total": drawn / 1000},
                "ret_aenergy": {"total": fed / 1000},
            }
            notification = {
                "src": source,
                "dst": f"{PREFIX}/events",
                "method": "NotifyStatus",
                "params": {"ts": at, "pm1:0": measured},
            }
            messages.append(message(at, f"{PREFIX}/events/rpc", notification))
            drawn, fed = drawn + max(_mWh(power), 0), fed + max(_mWh(-power), 0)
        return messages

    def powers(self, day: date) -> Iterator[tuple[float, float]]:
        """Yield instants of a day, and the watts between flat and grid from each until the next."""
        start = instant(day, DAY_BEGINS, self.zone)
        end = instant(day + timedelta(days=1), DAY_BEGINS, self.zone)
        clouds = Random(f"{self.identity} clouds {day}").uniform(0.15, 1)  # noqa: S311
        for at in range(start, end, INTERVAL):
            hour = DAY_BEGINS + (at - start) / 3600
            fridge = 80 if at % 3600 < 1500 else 0
            people = 180 * around(hour, 8, 1) + 700 * around(hour, 18.5, 0.5) + 260 * around(hour, 21, 2)
            height = math.cos((hour - NOON) / (6 + 2.2 * season(at)) * math.pi / 2) if abs(hour - NOON) < 8 else 0
            sun = PANELS_W * max(height, 0) * (clouds + 0.12 * math.sin(at / 1300))
            yield at + 0.25, 95 + fridge + people + self.washing_machine.power(at) - max(sun, 0)


@cache
def _counted(meter: ElectricityMeter, day: date) -> tuple[int, int]:
    """Return the milliwatt hours drawn and fed in on a day."""
    energies = [_mWh(power) for _, power in meter.powers(day)]
    return sum(each for each in energies if each > 0), -sum(each for each in energies if each < 0)


def _counted_before(meter: ElectricityMeter, day: date) -> tuple[int, int]:
    """Return the milliwatt hours drawn and fed in before a day."""
    days = [_counted(meter, INSTALLED + timedelta(days=number)) for number in range((day - INSTALLED).days)]
    return sum(drawn for drawn, _ in days), sum(fed for _, fed in days)


def _mWh(power: float) -> int:
    """Return the energy of an interval: a whole number, so that the sum is the same however it is reached."""
    return round(power * INTERVAL / 3.6)
