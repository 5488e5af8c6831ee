"""Days as people live them: they begin at four in the morning, in the owner's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

DAY_BEGINS = 4.0
SATURDAY = 5


def instant(day: date, hour: float, zone: ZoneInfo) -> int:
    """Return the unix second at which clocks show that hour of a day; 25.5 is half past one of the next."""
    return int((datetime.combine(day, time(), zone) + timedelta(hours=hour)).timestamp())


def day_of(second: float, zone: ZoneInfo) -> date:
    """Return the day of an instant."""
    return (datetime.fromtimestamp(second, zone) - timedelta(hours=DAY_BEGINS)).date()


def is_weekend(day: date) -> bool:
    """Return whether people have that day off."""
    return day.weekday() >= SATURDAY


@dataclass(frozen=True)
class SleepHours:
    """The night after a day: unix seconds, and whether the phone is in flight mode until the morning."""

    asleep: int
    awake: int
    flight_mode: bool


def night(seed: str, day: date, zone: ZoneInfo) -> SleepHours:
    """Draw the night after that day: people sleep longer before a day off."""
    draw = Random(f"{seed} night {day}")  # noqa: S311
    tomorrow = day + timedelta(days=1)
    asleep = draw.uniform(23.0, 24.5) if is_weekend(tomorrow) else draw.uniform(22.2, 23.5)
    awake = draw.uniform(7.5, 9.0) if is_weekend(tomorrow) else draw.uniform(6.0, 6.75)
    return SleepHours(instant(day, asleep, zone), instant(tomorrow, awake, zone), draw.random() < 0.3)
