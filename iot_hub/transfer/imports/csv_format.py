"""CSV of any program: a row a reading, its columns known by their names or by ``--columns``.

GPSLogger's log is one (mendhak/gpslogger, CSVFileLogger.java); its separator and its decimal comma are settings.
Cells are stored as they came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC

import msgspec

from iot_hub import sentinels
from iot_hub.errors import UserError
from iot_hub.event import Event, Rejected
from iot_hub.properties.groups import EventDetails, Motion
from iot_hub.sources.canonical import (
    KMH_MS,
    KNOT_MS,
    Battery,
    build_named_event,
    convert_unit,
    make_location,
    number,
    text,
)
from iot_hub.sources.form import truth
from iot_hub.sources.parse_context import ParseContext
from iot_hub.timestamps import from_iso
from iot_hub.transfer.imports.columns import Columns, columns_meant, decimal, degrees_of, is_utc
from iot_hub.transfer.imports.own_event import build_own_event
from iot_hub.transfer.imports.record import ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.table import Table
from iot_hub.transfer.imports.tags import tags_of_rows
from iot_hub.transfer.imports.times import moment_of

SOURCE = "csv"
OWN_COLUMNS = ("device_time", "source", "properties")
MILE_MS = 1609.344 / 3600

_FORMULA = re.compile(r"^'(?=[=+\-@])")  # The export's guard of names that a spreadsheet would compute.
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d([.,]\d+)?)?")
_SHORT_DATE = re.compile(r"\d{6}")
_COMPACT = re.compile(r"(\d{8}) (\d{6}(?:\.\d+)?)")
_DOTTED = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})")
_SPEEDS = {"speed": 1, "speed_kmh": KMH_MS, "speed_mph": MILE_MS, "speed_knots": KNOT_MS}
_encode = msgspec.json.Encoder().encode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a table. Raises UserError where no column of it is known to hold the time."""
    table = Table(stream)
    is_own = set(OWN_COLUMNS) <= set(table.columns)
    meant = columns_meant(table.columns, context.columns)
    if not is_own and "time" not in meant and "date" not in meant:
        raise UserError(
            f"Which column holds the time? There are: {', '.join(table.columns)[:300]}. Say so: --columns time=NAME."
        )
    if is_utc(table.columns, meant):
        context = msgspec.structs.replace(context, time_zone=UTC)
    for row in table.rows():
        if isinstance(row, Rejected):
            yield row
        elif is_own:
            yield event_of(row.number, row.text, _own, row.cells, context)
        else:
            yield event_of(row.number, row.text, _event, row.cells, meant, context)


def tags_in(stream: Stream, context: ParseContext) -> Iterator[str]:
    """Yield the devices of a table's rows, where it has a column of them."""
    table = Table(stream)
    if set(OWN_COLUMNS) <= set(table.columns):
        yield from tags_of_rows(table, _own_device)
    elif names := columns_meant(table.columns, context.columns).get("device", ()):
        yield from tags_of_rows(table, lambda cells: text(_cell(cells, names)))


def _own_device(cells: Mapping[str, str]) -> str | None:
    return _FORMULA.sub("", cells.get("device", "")) or None


def _own(cells: Mapping[str, str], context: ParseContext) -> Event:
    time = from_iso(cells.get("device_time", ""), context.latest)
    return build_own_event(_own_device(cells), time, cells.get("source", ""), cells.get("properties", "").encode())


def _event(cells: Mapping[str, str], meant: Columns, context: ParseContext) -> Event:
    def cell(meaning: str) -> str | None:
        return _cell(cells, meant.get(meaning, ()))

    def value(meaning: str) -> str | None:
        return decimal(cell(meaning))

    location = make_location(
        degrees_of(cell("latitude"), cell("latitude_side")),
        degrees_of(cell("longitude"), cell("longitude_side")),
        altitude_m=sentinels.altitude(value("altitude"), value("vertical_accuracy")),
        bearing=sentinels.bearing(value("bearing")),
        fix_provider=text(cell("provider")),
        fix_speed_ms=_speed(value),
        fix_accuracy_m=sentinels.accuracy(value("accuracy")),
        fix_vertical_accuracy_m=sentinels.accuracy(value("vertical_accuracy")),
        satellites=sentinels.satellites(value("satellites")),
        hdop=sentinels.hdop(value("hdop")),
    )
    groups: dict[str, msgspec.Struct | Mapping[str, object] | None] = {
        "location": location,
        "battery": Battery(remaining_percent=sentinels.battery(value("battery")), charging=truth(cell("charging"))),
        "motion": Motion(activity=text(cell("activity"))),
        "event": EventDetails(type="annotation", text=text(cell("note"))) if text(cell("note")) else None,
    }
    for meaning in meant:
        group, is_dotted, name = meaning.partition(".")
        if is_dotted and (scalar := _scalar(value(meaning))) is not None:
            groups[group] = _with(groups.get(group), name, scalar)
    moment = moment_of(_time(cell), context)
    return build_named_event(SOURCE, _encode(cells), moment, groups, device=text(cell("device")))


def _cell(cells: Mapping[str, str], names: Iterable[str]) -> str | None:
    """Return the first of some columns that a row has."""
    return next((cells[name] for name in names if name in cells), None)


def _speed(value: Callable[[str], str | None]) -> float | None:
    """Return the speed in m/s, in whatever unit a column has it."""
    speeds = ((sentinels.speed(value(meaning)), factor) for meaning, factor in _SPEEDS.items())
    return next((convert_unit(speed, factor) for speed, factor in speeds if speed is not None), None)


def _time(cell: Callable[[str], str | None]) -> str | None:
    """Join a date and a time of day that stand apart."""
    date, time = cell("date"), decimal(cell("time"))
    if date and (time is None or _CLOCK.fullmatch(time.strip()) or _COMPACT.fullmatch(f"{date} {time}")):
        time = f"{date} {time or '00:00'}"
    return _DOTTED.sub(r"\3-\2-\1", time) if time else None


def _scalar(cell: str | None) -> float | str | None:
    found = number(cell)
    return text(cell) if found is None else found


def _with(group: msgspec.Struct | Mapping[str, object] | None, name: str, value: object) -> Mapping[str, object]:
    values = msgspec.to_builtins(group) if isinstance(group, msgspec.Struct) else dict(group or {})
    return {**values, name: value}
