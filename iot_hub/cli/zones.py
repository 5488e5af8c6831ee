"""``--time-zone``: the zone of times that have no offset."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING, Annotated

import typer

from iot_hub.errors import UserError
from iot_hub.settings import settings

if TYPE_CHECKING:
    from iot_hub.transfer.imports.formats import Format

TimeZone = Annotated[str | None, typer.Option("--time-zone", help="Zone of times without offset; the owner's.")]


def zone_named(name: str | None, format: Format | None = None) -> zoneinfo.ZoneInfo:
    """Find a zone; without a name the owner's, or UTC for a format that says so. Raises UserError."""
    if name is None:
        return zoneinfo.ZoneInfo("UTC") if format and format.is_utc else settings().zone
    if name not in zoneinfo.available_timezones():
        raise UserError(f"{name!r} is no time zone; an IANA name such as Europe/Warsaw is one.")
    return zoneinfo.ZoneInfo(name)
