"""A device's time, in whatever unit it comes, as Unix microseconds (UTC).

``sql/functions/instant.sql`` holds the same rule for times that are read inside the database.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

Microseconds = int

SECOND = 1_000_000
DAY = 86_400 * SECOND
EARLIEST = 946_684_800 * SECOND  # 2000-01-01: before it lie clocks that were never set.

_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class DeviceTimeError(ValueError):
    """The time can't be a device's; the argument is the reason's code."""


def from_unix(value: float | int, received_at: Microseconds) -> Microseconds:
    """Parse a Unix time in seconds, milliseconds, microseconds or nanoseconds.

    Raises DeviceTimeError for what is before 2000 or more than a day after ``received_at``.
    """
    return _plausible(scale_unix(value), received_at)


def scale_unix(value: float | int) -> Microseconds:
    """Convert a Unix time in seconds, milliseconds, microseconds or nanoseconds. Raises DeviceTimeError.

    The unit follows from the magnitude: from 2000 to 2199 no two of the ranges meet. An integer
    keeps every digit; a float of seconds is exact to a microsecond until 2242 (52 bits).
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise DeviceTimeError("time_unreadable")
    if value < 0:  # Scaled up, the lowest float would be infinite.
        raise DeviceTimeError("time_too_old")
    if value < 1e11:
        scaled = value * SECOND
    elif value < 1e14:
        scaled = value * 1_000
    elif value < 1e17:
        scaled = value
    else:
        scaled = value // 1_000
    return round(scaled)


def from_iso(text: str, received_at: Microseconds) -> Microseconds:
    """Parse an ISO 8601 time with an offset. Raises DeviceTimeError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise DeviceTimeError("time_unreadable") from error
    if moment.tzinfo is None:
        raise DeviceTimeError("time_without_offset")
    return from_datetime(moment, received_at)


def from_datetime(moment: datetime, received_at: Microseconds) -> Microseconds:
    """Convert a time with a zone. Raises DeviceTimeError."""
    return _plausible(unix_microseconds(moment), received_at)


def unix_microseconds(moment: datetime) -> Microseconds:
    """Convert a time with a zone, whenever it is."""
    return (moment - _UNIX_EPOCH) // _MICROSECOND


def _plausible(moment: Microseconds, received_at: Microseconds) -> Microseconds:
    if moment > received_at + DAY:
        raise DeviceTimeError("time_in_future")
    if moment < EARLIEST:
        raise DeviceTimeError("time_too_old")
    return moment


def isoformat(moment: Microseconds) -> str:
    """Write an instant as ISO 8601 in UTC, with microseconds where there are any."""
    return iso_utc(to_datetime(moment))


def iso_utc(moment: datetime, timespec: str = "auto") -> str:
    """Write a time with a zone as ISO 8601 in UTC, with microseconds where there are any."""
    return moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def to_datetime(moment: Microseconds) -> datetime:
    """Return an instant as a time in UTC, exactly."""
    seconds, microseconds = divmod(moment, SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)
