"""What a person does on a day, and when their phone has no connection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from zoneinfo import ZoneInfo

from iot_hub.operations.demo.hours import DAY_BEGINS, SleepHours, instant, night
from iot_hub.operations.demo.route import Position, Route

INTERVAL_INDOORS = 300
INTERVAL_ON_THE_WAY = 60


@dataclass(frozen=True)
class Stretch:
    """A part of a day (unix seconds) on a route; its pace is seconds of the route per second, 0 at rest."""

    start: int
    end: int
    route: Route
    second: float = 0.0
    pace: float = 0.0
    indoors: bool = True

    @property
    def interval(self) -> int:
        """Seconds between two reports: more frequent on the way."""
        return INTERVAL_INDOORS if self.indoors else INTERVAL_ON_THE_WAY

    def position(self, at: float) -> Position:
        """Return the position at an instant."""
        position = self.route.at(self.second + self.pace * (at - self.start))
        return position._replace(speed=position.speed * self.pace)


@dataclass(frozen=True)
class Outing:
    """A habit: a route, its hours of departure, a stay at some second of it, and its probability."""

    route: Route
    leaves: tuple[float, float]
    stays_at: float = 0.0
    stays_hours: tuple[float, float] = (0.0, 0.0)
    indoors: bool = False
    chance: float = 1.0

    def stretches(self, leave: int, pace: float, stay_hours: float) -> list[Stretch]:
        """Return the way there, the stay and the way back, from an instant of departure."""
        arrive = leave + round(self.stays_at / pace)
        go_on = arrive + round(stay_hours * 3600)
        back = go_on + round((self.route.duration - self.stays_at) / pace)
        way = Stretch(leave, arrive, self.route, 0.0, pace, indoors=False)
        stay = Stretch(arrive, go_on, self.route, self.stays_at, 0.0, self.indoors)
        rest = Stretch(go_on, back, self.route, self.stays_at, pace, indoors=False)
        return [stretch for stretch in (way, stay, rest) if stretch.start < stretch.end]


@dataclass(frozen=True)
class Day:
    """A day from four to four in the morning: its stretches without a gap, and the nights around it."""

    stretches: tuple[Stretch, ...]
    last_night: SleepHours
    tonight: SleepHours


def plan_day(seed: str, day: date, zone: ZoneInfo, home: Route, outings: Sequence[Outing]) -> Day:
    """Draw the day: at home, except for outings that happen and end before bedtime."""
    draw = Random(f"{seed} plan {day}")  # noqa: S311
    last_night, tonight = night(seed, day - timedelta(days=1), zone), night(seed, day, zone)
    free = last_night.awake + 900
    at_home = instant(day, DAY_BEGINS, zone)
    stretches: list[Stretch] = []
    for outing in outings:
        happens = draw.random() < outing.chance
        leave = max(free, instant(day, draw.uniform(*outing.leaves), zone))
        out = outing.stretches(leave, draw.uniform(0.85, 1.15), draw.uniform(*outing.stays_hours))
        if happens and out[-1].end < tonight.asleep - 900:
            stretches += [Stretch(at_home, leave, home), *out]
            at_home = out[-1].end
            free = at_home + 900
    stretches.append(Stretch(at_home, instant(day + timedelta(days=1), DAY_BEGINS, zone), home))
    return Day(tuple(stretches), last_night, tonight)


def offline_times(seed: str, plan: Day) -> list[tuple[int, int]]:
    """Draw when the phone is offline: in flight mode at night, in a tunnel or a valley on the way."""
    draw = Random(f"{seed} offline {plan.tonight.asleep}")  # noqa: S311
    nights = [(each.asleep, each.awake) for each in (plan.last_night, plan.tonight) if each.flight_mode]
    return nights + list(_dead_spots(draw, plan.stretches))


def _dead_spots(draw: Random, stretches: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
    for stretch in stretches:
        length = round(draw.uniform(180, 900))
        if draw.random() < 0.5 and not stretch.indoors and stretch.end - stretch.start > length:
            start = stretch.start + round(draw.random() * (stretch.end - stretch.start - length))
            yield start, start + length
