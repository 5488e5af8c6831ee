"""Where days begin on the time axis, and what is written under it, in the owner's zone.

The axis itself runs over instants. So the two hours from 2:00 of an autumn night stand side by
side, and a spring day is an hour narrower.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from iot_hub.dashboard.time_range import Span, midnight

_HOURS_APART = ((timedelta(hours=50), 6), (timedelta(days=4), 12))
_DAYS_APART = ((timedelta(days=9), 1), (timedelta(days=16), 3), (timedelta(days=32), 6), (timedelta(days=62), 12))


@dataclass(frozen=True)
class Tick:
    """A label under the axis: an hour of a day, or the day itself where it begins."""

    at: datetime
    is_day: bool


def days(span: Span, zone: ZoneInfo) -> list[date]:
    """List the owner's days that begin within the span."""
    day = span.since.astimezone(zone).date()
    last = span.until.astimezone(zone).date()
    listed = [day + timedelta(days=n) for n in range((last - day).days + 1)]
    return [day for day in listed if span.since <= midnight(day, zone) < span.until]


def day_rules(span: Span, zone: ZoneInfo) -> list[datetime]:
    """Say where dashed rules stand: at each day's start, or each Monday's or month's in a long span."""
    return [midnight(day, zone) for day in days(span, zone) if _has_rule(day, span.length)]


def _has_rule(day: date, length: timedelta) -> bool:
    if length <= timedelta(days=45):
        return True
    return day.weekday() == 0 if length <= timedelta(days=200) else day.day == 1


def ticks(span: Span, zone: ZoneInfo) -> list[Tick]:
    """Choose where labels stand."""
    for longest, hours in _HOURS_APART:
        if span.length <= longest:
            return _hour_ticks(span, zone, hours)
    for longest, apart in _DAYS_APART:
        if span.length <= longest:
            return [Tick(midnight(day, zone), True) for day in days(span, zone)[::apart]]
    return [Tick(at, True) for at in day_rules(span, zone)]


def _hour_ticks(span: Span, zone: ZoneInfo, apart: int) -> list[Tick]:
    day = span.since.astimezone(zone).date()
    found = []
    while midnight(day, zone) < span.until:
        found += [Tick(_instant(day, hour, zone), hour == 0) for hour in range(0, 24, apart)]
        day += timedelta(days=1)
    return [tick for tick in found if span.since <= tick.at < span.until]


def _instant(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)
