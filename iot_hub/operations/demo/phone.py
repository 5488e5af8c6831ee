"""A simulated phone: it goes where its owner goes and reports as the first beta's phone did."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from iot_hub.operations.demo.battery import Battery
from iot_hub.operations.demo.device import Reading, SimulatedDevice
from iot_hub.operations.demo.fix import Receiver
from iot_hub.operations.demo.hours import is_weekend
from iot_hub.operations.demo.plan import Day, Outing, Stretch, offline_times, plan_day
from iot_hub.operations.demo.route import Point, Route
from iot_hub.operations.demo.weather import season

ROOM_TEMPERATURE = 22.0
JITTER_SECONDS = 8.0


@dataclass(frozen=True, kw_only=True)
class Phone(SimulatedDevice):
    """A phone, what its owner does on weekdays and weekends, and how it writes the time."""

    type: str = "smartphone"
    elevation: float
    weekdays: tuple[Outing, ...]
    weekends: tuple[Outing, ...]
    capacity_mAh: int = 4905
    whole_seconds: bool = True

    def plan(self, day: date) -> Day:
        """Return what the owner does on a day."""
        home = Route([Point(0.0, *self.home, self.elevation)])
        return plan_day(self.seed, day, self.zone, home, self.weekends if is_weekend(day) else self.weekdays)

    def day(self, day: date) -> list[Reading]:
        """Return a day's readings; those of an offline stretch are all sent at its end."""
        draw = Random(f"{self.seed} phone {day}")  # noqa: S311
        plan = self.plan(day)
        offline = offline_times(self.seed, plan)
        battery, receiver = Battery(self.capacity_mAh), Receiver(draw)
        wear = draw.uniform(0.8, 1.25)
        readings = []
        before = float(plan.stretches[0].start)
        for at, stretch in report_times(plan, draw):
            stamp = math.floor(at) if self.whole_seconds else round(at, 3)
            plugged = not plan.last_night.awake <= at < plan.tonight.asleep
            battery.live(
                at - before, wear * _load(stretch, plugged, draw), plugged=plugged, surroundings=_air(stretch, at)
            )
            properties = {"battery": battery.report(draw), "location": receiver.report(stamp, stretch)}
            readings.append(Reading(_sent_at(at, offline), stamp, properties))
            before = at
        return readings


def report_times(plan: Day, draw: Random) -> Iterator[tuple[float, Stretch]]:
    """Yield the instants at which the phone reports, each a few seconds late, and their stretches."""
    for stretch in plan.stretches:
        for due in range(stretch.start, stretch.end, stretch.interval):
            at = due + draw.uniform(0.0, JITTER_SECONDS)
            if at < stretch.end:
                yield at, stretch


def _sent_at(at: float, offline: list[tuple[int, int]]) -> float:
    return max((float(end) for start, end in offline if start <= at < end), default=at)


def _load(stretch: Stretch, plugged: bool, draw: Random) -> float:
    """Draw the current (mA) that the phone needs: little at night, much on the way, some when in use."""
    if plugged:
        return draw.uniform(20, 60)
    if not stretch.indoors:
        return draw.uniform(300, 650)
    return draw.uniform(250, 600) if draw.random() < 0.2 else draw.uniform(40, 140)


def _air(stretch: Stretch, at: float) -> float:
    """Return the ambient temperature: a room's, or a pocket's, between the body's and the season's."""
    if stretch.indoors:
        return ROOM_TEMPERATURE
    return 17 + 5 * season(at)
