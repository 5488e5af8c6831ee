"""Times and time zones as given on the command line."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from iot_hub.errors import UserError
from iot_hub.settings import settings

if TYPE_CHECKING:
    from iot_hub.transfer.imports.formats import Format

_FIRST_YEAR, _LAST_YEAR = 1970, 2199
TimeZone = Annotated[
    str | None, typer.Option("--time-zone", help="Time zone of times without an offset. Default: the owner's.")
]


def parse_time(text: str) -> datetime:
    """Parse an ISO 8601 time or date; without an offset, it is in the owner's zone. Raises UserError."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"{text!r} is not an ISO 8601 time such as 2026-03-29 or 2026-03-29T14:00+02:00.") from error
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise UserError(f"{text!r} is not of the years {_FIRST_YEAR} to {_LAST_YEAR}, of which the hub keeps readings.")
    return time if time.tzinfo else time.replace(tzinfo=settings().zone)


def zone_named(name: str | None, format: Format | None = None) -> zoneinfo.ZoneInfo:
    """Return a zone; without a name the owner's, or UTC for a format that uses it. Raises UserError."""
    if name is None:
        return zoneinfo.ZoneInfo("UTC") if format and format.is_utc else settings().zone
    if name not in zoneinfo.available_timezones():
        raise UserError(f"Unknown time zone {name!r}. Use an IANA name such as Europe/Warsaw.")
    return zoneinfo.ZoneInfo(name)
