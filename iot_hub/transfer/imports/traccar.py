"""Traccar's positions: what its interface answers as JSON, and its two tables.

Facts: traccar/traccar, model/Position.java, reports/CsvExportProvider.java; traccar/traccar-web, the route report. A
speed is in knots, in the route report with its unit; a distance is in metres. Tables give local times without an
offset, and put nothing in quotation marks: a comma in an address looks like one more cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event, Rejected
from iot_hub.properties.groups import EventDetails, Groups, Motion, Vehicle
from iot_hub.sources.canonical import (
    KMH_MS,
    KNOT_MS,
    Battery,
    Location,
    Timestamp,
    build_checked_event,
    convert_unit,
    make_location,
    not_negative,
    text,
)
from iot_hub.sources.form import truth
from iot_hub.sources.parse_context import ParseContext
from iot_hub.timestamps import SECOND
from iot_hub.transfer.imports.json_records import Record, object_at, records
from iot_hub.transfer.imports.record import ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream, head_of
from iot_hub.transfer.imports.table import BEYOND, Table
from iot_hub.transfer.imports.tags import tag_of, tags_of_rows, tags_written
from iot_hub.transfer.imports.times import moment_of, time_of

SOURCE = "traccar"
EXPORT_COLUMNS = frozenset({"fixTime", "deviceTime", "protocol", "latitude", "longitude"})
REPORT_COLUMNS = frozenset({"Valid", "Time", "Latitude", "Longitude", "Attributes"})

MILE_MS = 1609.344 / 3600

_SPEEDS = {"": KNOT_MS, "kn": KNOT_MS, "km/h": KMH_MS, "mph": MILE_MS, "m/s": 1}
_measured = re.compile(r"\s*([-+]?\d+(?:[.,]\d+)?)\s*([a-z/]*)\s*", re.IGNORECASE).fullmatch
_attributes = re.compile(r"(\w+)=(\S*)").findall
_encode = msgspec.json.Encoder().encode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read positions of any of the three forms."""
    if _is_json(stream):
        yield from records(stream, context, ("",), _positions)
        return
    table = Table(stream)
    is_report = set(table.columns) >= REPORT_COLUMNS
    for row in table.rows():
        if isinstance(row, Rejected):
            yield row
        else:
            cells = _whole_address(row.cells, table.columns)
            yield event_of(row.number, row.text, _reported if is_report else _exported, cells, context)


def tags_in(stream: Stream, context: ParseContext) -> Iterator[str]:
    """Yield the ids of devices, or in a report their names."""
    if _is_json(stream):
        yield from tags_written(stream, rb'"deviceId"\s*+:\s*+')
        return
    table = Table(stream)
    column = "Device Name" if set(table.columns) >= REPORT_COLUMNS else "deviceId"
    yield from tags_of_rows(table, lambda cells: tag_of(cells.get(column)))


def _is_json(stream: Stream) -> bool:
    return head_of(stream).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{")


def _positions(position: Record, original: bytes, context: ParseContext) -> list[Event]:
    return [_event(position, object_at(position, "attributes"), original, context)]


def _exported(cells: Mapping[str, str], context: ParseContext) -> Event:
    return _event(cells, cells, _encode(cells), context)


def _event(said: Mapping[str, Any], attributes: Mapping[str, Any], original: bytes, context: ParseContext) -> Event:
    fixed = said.get("fixTime") or said.get("deviceTime")
    measured = said.get("deviceTime") or fixed
    moment = moment_of(measured, context)
    # A message may repeat the last position, which keeps its own time.
    repeated = time_of(fixed, context)
    location = _location(said, attributes, _speed(said.get("speed")), repeated if repeated != moment.time else None)
    return build_checked_event(
        SOURCE,
        original,
        moment,
        device=tag_of(said.get("deviceId")),
        **_groups(location, attributes),
    )


def _reported(cells: Mapping[str, str], context: ParseContext) -> Event:
    attributes = dict(_attributes(cells.get("Attributes", "")))
    said = {name.lower(): value for name, value in cells.items()}
    moment: Timestamp = moment_of(cells.get("Time"), context)
    location = _location(said, attributes, _speed(cells.get("Speed")), None)
    device = tag_of(cells.get("Device Name"))
    return build_checked_event(SOURCE, _encode(cells), moment, device=device, **_groups(location, attributes))


def _location(
    said: Mapping[str, Any], attributes: Mapping[str, Any], speed: float | None, fixed_at: int | None
) -> Location | None:
    if truth(said.get("valid")) is False:
        return None
    return make_location(
        said.get("latitude"),
        said.get("longitude"),
        altitude_m=sentinels.altitude(_plain(said.get("altitude"))),
        bearing=sentinels.bearing(said.get("course")),
        fix_speed_ms=speed,
        fix_timestamp=None if fixed_at is None else fixed_at / SECOND,
        fix_accuracy_m=sentinels.accuracy(_plain(said.get("accuracy"))),
        satellites=sentinels.satellites(attributes.get("sat")),
        hdop=sentinels.hdop(attributes.get("hdop")),
    )


def _groups(location: Location | None, attributes: Mapping[str, Any]) -> Groups:
    alarm = text(attributes.get("alarm"))
    return {
        "location": location,
        "battery": Battery(
            remaining_percent=sentinels.battery(attributes.get("batteryLevel")),
            charging=truth(attributes.get("charge")),
            voltage_V=sentinels.voltage(attributes.get("battery")),
        ),
        "motion": Motion(
            activity=text(attributes.get("activity")),
            is_moving=truth(attributes.get("motion")),
            odometer_m=not_negative(attributes.get("odometer")),
            steps=not_negative(attributes.get("steps")),
        ),
        "vehicle": Vehicle(
            ignition=truth(attributes.get("ignition")),
            engine_rpm=sentinels.engine_speed(attributes.get("rpm")),
            engine_load_percent=sentinels.engine_load(attributes.get("engineLoad")),
            coolant_temperature_C=sentinels.coolant_temperature(attributes.get("coolantTemp")),
            voltage_V=sentinels.voltage(attributes.get("power")),
        ),
        "event": EventDetails(type="alarm" if alarm else None, name=alarm),
    }


def _speed(value: object) -> float | None:
    """Return a speed in m/s, of a number of knots or of one with its unit."""
    if not isinstance(value, str):
        return convert_unit(sentinels.speed(value), KNOT_MS)
    found = _measured(value)
    factor = _SPEEDS.get(found[2].lower()) if found else None
    return convert_unit(sentinels.speed(found[1].replace(",", ".")), factor) if found and factor else None


def _plain(value: object) -> object:
    """Return a number of metres without their unit; one of another unit is none."""
    found = _measured(value) if isinstance(value, str) else None
    return (found[1].replace(",", ".") if found[2] in ("", "m") else None) if found else value


def _whole_address(cells: dict[str, str], columns: list[str]) -> dict[str, str]:
    """Return a row whose address has its commas again, and the cells after it in their columns."""
    if BEYOND not in cells:
        return cells
    name = next((name for name in columns if name.lower() == "address"), None)
    if name is None:
        return cells
    at = columns.index(name)
    tail = cells[BEYOND].split(",")
    every = [*(cells.get(column, "") for column in columns), *tail]
    shifted = every[at : at + len(tail) + 1]
    rest = every[at + len(tail) + 1 :]
    whole = {column: cells.get(column, "") for column in columns[:at]}
    whole[name] = ",".join(shifted)
    whole.update(zip(columns[at + 1 :], rest, strict=True))
    return {column: cell for column, cell in whole.items() if cell}
