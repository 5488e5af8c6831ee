"""Where days begin on the time axis and where its labels stand, in the owner's time zone.

The axis itself runs over instants: the two hours from 2:00 of an autumn night stand side by side, and a
spring day is an hour narrower.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from iot_hub.dashboard.time_range import TimeRange, midnight

_HOUR_INTERVALS = ((timedelta(hours=50), 6), (timedelta(days=4), 12))
_MINUTE_INTERVALS = (
    (timedelta(minutes=9), 1), (timedelta(minutes=20), 2), (timedelta(minutes=45), 5), (timedelta(minutes=90), 10),
    (timedelta(hours=5), 30),
)  # fmt: skip
_DAY_INTERVALS = ((timedelta(days=9), 1), (timedelta(days=16), 3), (timedelta(days=32), 6), (timedelta(days=62), 12))


@dataclass(frozen=True)
class Tick:
    """A label under the axis: an hour of a day, or the day itself where it begins."""

    at: datetime
    is_day: bool


def days(time_range: TimeRange, zone: ZoneInfo) -> list[date]:
    """Return the owner's days that begin within the range."""
    day = time_range.since.astimezone(zone).date()
    last = time_range.until.astimezone(zone).date()
    candidates = [day + timedelta(days=n) for n in range((last - day).days + 1)]
    return [day for day in candidates if time_range.since <= midnight(day, zone) < time_range.until]


def day_rules(time_range: TimeRange, zone: ZoneInfo) -> list[datetime]:
    """Return where dashed rules stand: at the start of each day, or of each Monday or month in a long range."""
    return [midnight(day, zone) for day in days(time_range, zone) if _has_rule(day, time_range.duration)]


def _has_rule(day: date, duration: timedelta) -> bool:
    if duration <= timedelta(days=45):
        return True
    return day.weekday() == 0 if duration <= timedelta(days=200) else day.day == 1


def ticks(time_range: TimeRange, zone: ZoneInfo) -> list[Tick]:
    """Return the labels of a range, few enough to be read."""
    for longest, interval in _MINUTE_INTERVALS:
        if time_range.duration <= longest:
            return _minute_ticks(time_range, zone, timedelta(minutes=interval))
    for longest, interval in _HOUR_INTERVALS:
        if time_range.duration <= longest:
            return _hour_ticks(time_range, zone, interval)
    for longest, interval in _DAY_INTERVALS:
        if time_range.duration <= longest:
            return [Tick(midnight(day, zone), True) for day in days(time_range, zone)[::interval]]
    return [Tick(at, True) for at in day_rules(time_range, zone)]


def _minute_ticks(time_range: TimeRange, zone: ZoneInfo, interval: timedelta) -> list[Tick]:
    # From the owner's midnight: in a zone of three quarters of an hour half hours are not UTC's.
    since = time_range.since
    at = since + -(since - midnight(since.astimezone(zone).date(), zone)) % interval
    found = []
    while at < time_range.until:
        found.append(Tick(at, False))
        at += interval
    return found


def _hour_ticks(time_range: TimeRange, zone: ZoneInfo, interval: int) -> list[Tick]:
    day = time_range.since.astimezone(zone).date()
    found = []
    while midnight(day, zone) < time_range.until:
        found += [Tick(_instant(day, hour, zone), hour == 0) for hour in range(0, 24, interval)]
        day += timedelta(days=1)
    return [tick for tick in found if time_range.since <= tick.at < time_range.until]


def _instant(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)
