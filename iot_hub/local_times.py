"""Times without an offset, of one file or body: in which zone they are read, and which of two instants they mean."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta, tzinfo

from iot_hub.timestamps import DeviceTimeError

JITTER = timedelta(minutes=1)
"""A step back that is no sign of another order: fixes of one second may change places."""


class LocalTimes:
    """Reads the local times of one file in the order in which they stand there.

    In the hour that happens twice in autumn their order says which is meant: in a file that goes on in time, the first
    pass through the hour is summer time, and the second is winter time. Where nothing says, it is the first.
    """

    def __init__(self) -> None:
        """Begin before the first time."""
        self.zones: Counter[str] = Counter()
        """How many times were read in each zone."""
        self.repeated = 0
        """How many of them are in an hour that happens twice …"""
        self.guessed = 0
        """… and of these, for how many the order did not say which."""
        self._last: datetime | None = None
        self._steps = 0

    def instant(self, local: datetime, zone: tzinfo) -> datetime:
        """Return the instant of a local time. Raises DeviceTimeError for one that clocks skipped in spring."""
        self.zones[str(zone)] += 1
        found = local.replace(tzinfo=zone)
        if zone is UTC:
            return found
        other = found.replace(fold=1)
        gained = (found.utcoffset() or timedelta()) - (other.utcoffset() or timedelta())
        if gained < timedelta():
            raise DeviceTimeError("time_never_was")
        if gained:
            found = self._by_order(found.astimezone(UTC), other.astimezone(UTC))
        elif self._last is not None:
            self._steps += (found > self._last) - (found < self._last)
        self._last = found
        return found

    def _by_order(self, first: datetime, second: datetime) -> datetime:
        self.repeated += 1
        last = self._last
        if last is not None:
            goes_back = self._steps < 0
            for each in (second, first) if goes_back else (first, second):
                if each <= last + JITTER if goes_back else each >= last - JITTER:
                    return each
        self.guessed += 1
        return first
