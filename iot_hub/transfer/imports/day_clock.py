"""The date of a clock that says only the time of day: midnight passes, the date comes later or never."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

HALF_A_DAY = timedelta(hours=12)


class DayClock:
    """Dates times of day, in UTC and in their order, from the last date that was told."""

    def __init__(self) -> None:
        """Begin without a date."""
        self._date: date | None = None
        self._last: datetime | None = None

    def tell(self, told: date) -> None:
        """Set the date of what follows, as the file has it."""
        self._date = told
        self._last = None

    def at(self, clock: time) -> datetime | None:
        """Return when a time of day was; None without a date. Half a day before the last one, it is tomorrow's."""
        if self._date is None:
            return None
        moment = datetime.combine(self._date, clock, UTC)
        if self._last and self._last - moment >= HALF_A_DAY:
            moment += timedelta(days=1)
            self._date = moment.date()
        elif self._last and moment - self._last >= HALF_A_DAY:  # Out of order around midnight: still yesterday.
            return moment - timedelta(days=1)
        self._last = moment
        return moment
