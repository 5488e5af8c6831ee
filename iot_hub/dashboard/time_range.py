"""A span of time that is looked at, and the steps it is drawn in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Step = Literal["hour", "day"]

HOUR = timedelta(hours=1)
LONGEST_BY_HOUR = timedelta(days=62)
ROLLING = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}


@dataclass(frozen=True)
class Span:
    """From one instant to, and without, another; both UTC."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.until - self.since

    @property
    def step(self) -> Step:
        """Hours, or whole days where hours would be too many to see."""
        return "hour" if self.length <= LONGEST_BY_HOUR else "day"


def rolling(length: timedelta, now: datetime) -> Span:
    """Give the span of that length that ends with the current hour."""
    until = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
    return Span(until - length, until)


def between(first: date, last: date, zone: ZoneInfo) -> Span:
    """Give the span of whole days of the owner, the last included."""
    return Span(midnight(first, zone), midnight(last + timedelta(days=1), zone))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Say when a day begins: at 0:00, or at the first minute after a clock that jumps over it."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def end_of_step(start: datetime, step: Step, zone: ZoneInfo) -> datetime:
    """Say when the step that begins then ends. A day lasts 23 to 25 hours."""
    if step == "hour":
        return start + HOUR
    return midnight(start.astimezone(zone).date() + timedelta(days=1), zone)
