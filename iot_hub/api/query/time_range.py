"""The ``from`` and ``to`` of a question."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator, WithJsonSchema

from iot_hub.api.query.errors import BadParameterError

DEFAULT_LENGTH = timedelta(days=7)
CLOCKS_AHEAD = timedelta(days=1)
"""Events may carry a time so much later than now; the receiver refuses what is later still."""

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{0,9})?")
# In a query string a + that is not written %2B arrives as a space.
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")
_WAYS = "a time with an offset such as 2026-01-31T12:00:00Z, or Unix seconds"
_OUT_OF_RANGE = "it must lie between 1970 and 2200 (Unix times are in seconds, not milliseconds)"


def parse_time(text: str) -> datetime:
    """Understand ISO 8601 with an offset, or Unix seconds. Raises ValueError with a line for people."""
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
    # Not through a float, whose last digit of a microsecond may be another one.
    seconds, _, fraction = text.partition(".")
    return _EARLIEST + timedelta(seconds=int(seconds), microseconds=int(fraction[:6].ljust(6, "0")))


Time = Annotated[datetime, BeforeValidator(parse_time), WithJsonSchema({"type": "string"})]


@dataclass(frozen=True)
class TimeRange:
    """From one instant (included) to another (left out)."""

    since: datetime
    before: datetime


def time_range(
    since: Annotated[
        Time | None,
        Query(
            alias="from",
            description="The first instant: ISO 8601 with an offset, or Unix seconds."
            " Default: 7 days before `to`, or before now.",
        ),
    ] = None,
    before: Annotated[
        Time | None,
        Query(
            alias="to",
            description="The end, itself left out: ISO 8601 with an offset, or Unix seconds."
            " Default: now, and a day more for clocks that run ahead.",
        ),
    ] = None,
) -> TimeRange:
    """Complete the range that a question gives. Raises BadParameterError for an empty one."""
    now = datetime.now(UTC)
    asked = TimeRange(
        since=since or (before or now) - DEFAULT_LENGTH,
        before=before or now + CLOCKS_AHEAD,
    )
    if asked.since >= asked.before:
        raise BadParameterError("from must be earlier than to.")
    return asked
