"""Torque Pro's log of a trip, ``trackLog.csv``: a row a moment, with the columns that its user chose.

Facts: public logs and the programs that read them. Headings have spaces in front, and their unit in the last brackets;
the GPS's speed is in m/s, km/h or mph by its heading. ``Device Time`` is the phone's local time, ``GPS Time`` may say
its offset (``Sun Oct 05 14:22:01 GMT+02:00 2025``). The headings come again where a session goes on. ``-`` is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event, Rejected
from iot_hub.local_times import LocalTimes
from iot_hub.obd.names import parted
from iot_hub.properties.units import convert
from iot_hub.sources.canonical import Location, Timestamp, build_event, make_location, number, typed_groups
from iot_hub.sources.fields import Field, Groups
from iot_hub.sources.own_pids import OwnPids, named_fields
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.timestamps import from_datetime
from iot_hub.transfer.imports.columns import decimal
from iot_hub.transfer.imports.record import Ignored, ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.table import Table

SOURCE = "torque"
COLUMNS = frozenset({"gps time", "device time"})

_DEVICE_TIME = re.compile(r"(\d\d?)-([A-Za-z]{3})[a-z.]*-(\d{4}) (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))?")
_GPS_TIME = re.compile(r"[A-Za-z]{3} ([A-Za-z]{3}) (\d\d?) (\d\d):(\d\d):(\d\d) (\S+) (\d{4})")
_OFFSET = re.compile(r"(?:GMT|UTC)?(?:([+-])(\d\d):?(\d\d))?")
_MONTHS = {
    name: month
    for month, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_encode = msgspec.json.Encoder().encode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a log."""
    table = Table(stream)
    columns = _columns(table.columns, context.pids)
    for row in table.rows():
        if isinstance(row, Rejected):
            yield row
        elif row.cells.get(table.columns[0], "").strip() == table.columns[0]:
            yield Ignored("headings")
        else:
            yield event_of(row.number, row.text, _event, row.cells, columns, context)


def _columns(headings: Sequence[str], own: OwnPids) -> dict[str, tuple[str, str, Field | None]]:
    """Return each column's name in lower case, its unit, and how its property is read where it has one."""
    parts = {heading: parted(heading) for heading in headings}
    fields = named_fields(parts, own)
    return {heading: (name.casefold(), unit, fields.get(heading)) for heading, (name, unit) in parts.items()}


def _event(
    cells: Mapping[str, str], columns: Mapping[str, tuple[str, str, Field | None]], context: ParseContext
) -> Event:
    groups: Groups = {}
    named: dict[str, tuple[str, str]] = {}
    for heading, cell in cells.items():
        name, unit, found = columns.get(heading, ("", "", None))
        named.setdefault(name, (cell, unit))
        if found:
            found.put(decimal(cell), groups)
    typed = typed_groups(groups)
    typed["location"] = _location(named)
    return build_event(SOURCE, _encode(cells), Timestamp(_time(named, context), "measured"), **typed)


def _location(named: Mapping[str, tuple[str, str]]) -> Location | None:
    def value(name: str, unit: str = "") -> float | None:
        """Return a number; in a unit, where the heading names another one."""
        cell, written = named.get(name, ("", ""))
        found = number(decimal(cell))
        return convert(found, written, unit) if found is not None and unit and written else found

    # "Meters/second" is how the app writes it.
    speed, written = named.get("gps speed", ("", ""))
    unit = "m/s" if written.casefold() in ("", "meters/second", "metres/second") else written
    sent = sentinels.speed(decimal(speed))
    return make_location(
        value("latitude"),
        value("longitude"),
        altitude_m=sentinels.altitude(value("altitude", "m")),
        bearing=sentinels.bearing(value("bearing")),
        fix_speed_ms=None if sent is None else convert(sent, unit, "m/s"),
        hdop=sentinels.hdop(value("horizontal dilution of precision")),
    )


def _time(named: Mapping[str, tuple[str, str]], context: ParseContext) -> int:
    """Return when a row was measured: by the phone's clock, in the offset that the GPS's time has beside it."""
    gps = _GPS_TIME.fullmatch(named.get("gps time", ("", ""))[0].strip())
    offset = _offset(gps[6]) if gps else None
    device = _DEVICE_TIME.fullmatch(named.get("device time", ("", ""))[0].strip())
    if device:
        day, month, year, *clock = device.groups()
        local = _moment(year, month, day, clock)
    elif gps:
        month, day, hour, minute, second, _, year = gps.groups()
        local = _moment(year, month, day, [hour, minute, second, None])
    else:
        raise NotStorableError("time_missing")
    at = (
        local.replace(tzinfo=offset)
        if offset
        else (context.local_times or LocalTimes()).instant(local, context.time_zone)
    )
    return from_datetime(at, context.latest)


def _moment(year: str, month: str, day: str, clock: list[str | None]) -> datetime:
    """Return a local time. Raises NotStorableError for what is none."""
    hour, minute, second, fraction = clock
    try:
        return datetime(  # noqa: DTZ001 - local: the zone comes next
            int(year),
            _MONTHS[month.casefold()[:3]],
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")),
        )
    except (KeyError, ValueError) as error:
        raise NotStorableError("time_unreadable") from error


def _offset(zone: str) -> tzinfo | None:
    """Return an offset that is written in hours. Names are of several zones: EST is in New York and in Sydney."""
    found = _OFFSET.fullmatch(zone)
    if not found:
        return None
    if not found[1]:
        return UTC
    return timezone((1 if found[1] == "+" else -1) * timedelta(hours=int(found[2]), minutes=int(found[3])))
