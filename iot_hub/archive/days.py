"""Days (UTC) of devices: the unit of the archive."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

EPOCH = date(1970, 1, 1)
MICROSECONDS = 86_400_000_000
REST = timedelta(hours=1)
"""A day is finished when it has been over for this long: what was on its way has come."""


class Day(NamedTuple):
    """One UTC day of one device."""

    device_id: int
    date: date

    @property
    def folder(self) -> str:
        """Where its objects are."""
        return f"raw/device_id={self.device_id}/date={self.date}"


def day_number(times: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the days since 1970 of Unix microseconds."""
    return times // MICROSECONDS


def day_of(number: int) -> date:
    """Return the date of such a day."""
    return EPOCH + timedelta(days=number)


def finished_before(now: datetime) -> datetime:
    """Return the start of the first day that is not finished."""
    return (now.astimezone(UTC) - REST).replace(hour=0, minute=0, second=0, microsecond=0)
