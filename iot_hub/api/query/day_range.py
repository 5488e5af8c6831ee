"""The parameters ``from`` and ``to`` of statistics: days of the owner, both included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import BeforeValidator, WithJsonSchema

from iot_hub.api.query.errors import BadParameterError

_EARLIEST, _LATEST = date(1970, 1, 1), date(2200, 1, 1)


def parse_day(text: str) -> date:
    """Parse a day. Raises ValueError with a message for people."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("give a day such as 2026-01-31") from error
    if not _EARLIEST <= day <= _LATEST:
        raise ValueError("it must lie between 1970 and 2200")
    return day


Day = Annotated[date, BeforeValidator(parse_day), WithJsonSchema({"type": "string", "format": "date"})]

FirstDay = Annotated[
    Day | None,
    Query(alias="from", description="The first day, in the owner's time zone. Default: the first of the year of `to`."),
]
LastDay = Annotated[
    Day | None, Query(alias="to", description="The last day, inclusive, in the owner's time zone. Default: today.")
]


@dataclass(frozen=True)
class DayRange:
    """Whole days of the owner, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        """When the first day begins."""
        return _midnight(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """When the last day ends."""
        return _midnight(self.last + timedelta(days=1), self.zone)


def day_range(first: date | None, last: date | None, zone: ZoneInfo) -> DayRange:
    """Return the requested range, with defaults. Raises BadParameterError if it is empty."""
    last = last or datetime.now(zone).date()
    first = first or last.replace(month=1, day=1)
    if first > last:
        raise BadParameterError("from must not be later than to.")
    return DayRange(first, last, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
