"""The parameters ``from`` and ``to`` of a request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BeforeValidator, WithJsonSchema

from iot_hub.api.query.errors import BadParameterError

DEFAULT_LENGTH = timedelta(days=7)
CLOCKS_AHEAD = timedelta(days=1)
"""How far in the future an event's time may be; the receiver rejects what is later."""

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{0,9})?")
# In a query string a + that is not written %2B arrives as a space.
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")
_WAYS = "a time with an offset such as 2026-01-31T12:00:00Z, or Unix seconds"
_OUT_OF_RANGE = "it must lie between 1970 and 2200 (Unix times are in seconds, not milliseconds)"


def parse_time(text: str) -> datetime:
    """Parse ISO 8601 with an offset, or Unix seconds. Raises ValueError with a message for people."""
    text = text.strip()
    try:
        time = _from_unix(text) if _NUMBER.fullmatch(text) else datetime.fromisoformat(_LOST_PLUS.sub("+", text))
    except OverflowError as error:
        raise ValueError(_OUT_OF_RANGE) from error
    except ValueError as error:
        raise ValueError(f"give {_WAYS}") from error
    if time.tzinfo is None:
        raise ValueError(f"the offset from UTC is missing; give {_WAYS}")
    if not _EARLIEST <= time <= _LATEST:
        raise ValueError(_OUT_OF_RANGE)
    return time.astimezone(UTC)


def _from_unix(text: str) -> datetime:
    # Not through a float, which may change the last digit of a microsecond.
    seconds, _, fraction = text.partition(".")
    return _EARLIEST + timedelta(seconds=int(seconds), microseconds=int(fraction[:6].ljust(6, "0")))


Time = Annotated[datetime, BeforeValidator(parse_time), WithJsonSchema({"type": "string"})]


Since = Annotated[
    Time | None,
    Query(
        alias="from",
        description="Start of the range, inclusive: ISO 8601 with an offset, or Unix seconds. Default: no start.",
    ),
]
Until = Annotated[
    Time | None,
    Query(
        alias="to",
        description="End of the range, exclusive: ISO 8601 with an offset, or Unix seconds. Default: no end.",
    ),
]
"""A range that may be open."""


@dataclass(frozen=True)
class TimeRange:
    """From one instant (inclusive) to another (exclusive)."""

    since: datetime
    until: datetime


def time_range(
    since: Annotated[
        Time | None,
        Query(
            alias="from",
            description="Start of the range, inclusive: ISO 8601 with an offset, or Unix seconds."
            " Default: 7 days before `to`, or before now.",
        ),
    ] = None,
    until: Annotated[
        Time | None,
        Query(
            alias="to",
            description="End of the range, exclusive: ISO 8601 with an offset, or Unix seconds."
            " Default: a day after now, for clocks that run ahead."
            " Tracks and hourly values end with what has happened.",
        ),
    ] = None,
) -> TimeRange:
    """Return the requested range, with defaults. Raises BadParameterError if it is empty."""
    now = datetime.now(UTC)
    range_ = TimeRange(
        since=since or (until or now) - DEFAULT_LENGTH,
        until=until or now + CLOCKS_AHEAD,
    )
    if range_.since >= range_.until:
        raise BadParameterError("from must be earlier than to.")
    return range_


Range = Annotated[TimeRange, Depends(time_range)]
