"""Seconds that are counted from the local midnight before a log, and go on after the next one.

No app says whether its count follows the clocks where they change, or runs on as a stopwatch does. It follows them
unless the count itself shows otherwise: it names a time that the clocks skipped, or it goes on evenly where they jump.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from iot_hub.local_times import LocalTimes
from iot_hub.timestamps import DeviceTimeError

_JUMP = timedelta(minutes=20)
"""The least change of the clocks is of half an hour; a step of the count that is shorter than this is none."""


@dataclass
class DaySeconds:
    """Tells the instants of one log's seconds of the day; ``start`` is when it began, by the clock on the wall."""

    start: datetime
    times: LocalTimes
    zone: tzinfo
    is_even: bool = False
    """Whether the count runs on where the clocks change."""
    _last: tuple[timedelta, datetime] | None = field(default=None, init=False)

    def instant(self, since: timedelta) -> datetime:
        """Return the instant of a count since midnight. Raises DeviceTimeError where the start never was."""
        if not self.is_even:
            try:
                found = self.times.instant(midnight(self.start) + since, self.zone).astimezone(UTC)
            except DeviceTimeError:
                self.is_even = True
            else:
                last, self._last = self._last, (since, found)
                if last is None or not _jumps(since - last[0], found - last[1]):
                    return found
                self.is_even = True
        # Apart from the order of the readings: the start is before all of them.
        begun = LocalTimes().instant(self.start, self.zone).astimezone(UTC)
        return begun + since - (self.start - midnight(self.start))


def midnight(local: datetime) -> datetime:
    """Return the midnight before a local time."""
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _jumps(counted: timedelta, passed: timedelta) -> bool:
    return timedelta() <= counted < _JUMP and passed - counted >= _JUMP
