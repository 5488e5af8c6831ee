"""The range of time that a page shows, and the steps that it is drawn in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Step = Literal["hour", "day", "month"]

HOUR = timedelta(hours=1)
MAX_HOURLY = timedelta(days=62)
ROLLING = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}


@dataclass(frozen=True)
class TimeRange:
    """From one instant up to, but not including, another; both UTC."""

    since: datetime
    until: datetime

    @property
    def duration(self) -> timedelta:
        """How long it is."""
        return self.until - self.since

    @property
    def step(self) -> Step:
        """Hours, or whole days where hours would be too many to tell apart."""
        return "hour" if self.duration <= MAX_HOURLY else "day"


@dataclass(frozen=True)
class DailyRange(TimeRange):
    """A range of whole days of the owner, drawn by day however short it is."""

    @property
    def step(self) -> Step:
        """Days."""
        return "day"


@dataclass(frozen=True)
class MonthlyRange(TimeRange):
    """A range of whole months of the owner."""

    @property
    def step(self) -> Step:
        """Months."""
        return "month"


def rolling(duration: timedelta, now: datetime) -> TimeRange:
    """Return the range of that duration that ends with the current hour."""
    until = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
    return TimeRange(until - duration, until)


def between(first: date, last: date, zone: ZoneInfo) -> TimeRange:
    """Return the range of whole days of the owner, the last included."""
    return TimeRange(midnight(first, zone), next_midnight(last, zone))


def last_days(count: int, zone: ZoneInfo, now: datetime) -> DailyRange:
    """Return the last days of the owner, today included."""
    today = now.astimezone(zone).date()
    return DailyRange(midnight(today - timedelta(days=count - 1), zone), next_midnight(today, zone))


def last_months(count: int, zone: ZoneInfo, now: datetime) -> MonthlyRange:
    """Return the last months of the owner, this one included."""
    today = now.astimezone(zone).date()
    return MonthlyRange(midnight(month_start(today, 1 - count), zone), midnight(month_start(today, 1), zone))


def month_start(day: date, months: int = 0) -> date:
    """Return the first day of a day's month, or of one that many months later."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins: at 0:00, or at the first minute after a clock that skips it."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def next_midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day ends. It lasts 23 to 25 hours."""
    return midnight(day + timedelta(days=1), zone)


def now() -> datetime:
    """Return the current instant."""
    return datetime.now(UTC)
