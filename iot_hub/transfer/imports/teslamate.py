"""TeslaMate's database: its tables as CSV, or a dump of it in plain SQL.

Facts: teslamate-org/teslamate, lib/teslamate/log: a position has km, km/h, kW, °C and metres, a charge kWh and kW;
times are UTC without a zone. Drives and charging processes sum these up: the hub derives its own. A car's number is the
tag of its readings; a charge has it by its charging process, whose table stands behind that of the charges in a dump.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import IO

import msgspec

from iot_hub import sentinels
from iot_hub.errors import UserError
from iot_hub.event import Event, Rejected
from iot_hub.sources.canonical import KMH_MS, build_event, convert_unit, make_location, typed_groups
from iot_hub.sources.fields import Field, Groups, field
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.copy_blocks import copied_rows
from iot_hub.transfer.imports.record import BrokenFileError, Ignored, ImportResult, event_of
from iot_hub.transfer.imports.stream import IN_MEMORY, Stream, head_of
from iot_hub.transfer.imports.table import Table
from iot_hub.transfer.imports.tags import tags_of_rows
from iot_hub.transfer.imports.times import moment_of
from iot_hub.values import is_given, number

SOURCE = "teslamate"
DUMP = b"PostgreSQL database dump"
PACKED_DUMP = b"PGDMP"
"""How a dump in PostgreSQL's own format begins."""

# What a table's columns are known by.
TABLES: Mapping[str, frozenset[str]] = {
    "positions": frozenset({"date", "latitude", "longitude", "odometer", "battery_level", "car_id"}),
    "charges": frozenset({"date", "charge_energy_added", "charger_power", "charging_process_id"}),
    "states": frozenset({"state", "start_date", "end_date", "car_id"}),
    "charging_processes": frozenset({"start_date", "charge_energy_added", "start_battery_level", "car_id"}),
    "drives": frozenset({"start_date", "distance", "duration_min", "car_id"}),
}
_READ = ("positions", "charges", "states")


def _fields(columns: Mapping[str, tuple[str, str]]) -> dict[str, Field]:
    return {name: found for name, (path, unit) in columns.items() if (found := field(path, unit))}


_FIELDS = _fields({
    "speed": ("vehicle.speed_kmh", "km/h"),
    "power": ("vehicle.power_W", "kW"),
    "odometer": ("vehicle.odometer_km", "km"),
    "battery_level": ("vehicle.battery_percent", "%"),
    "rated_battery_range_km": ("vehicle.range_km", "km"),
    "inside_temp": ("vehicle.inside_temperature_C", "°C"),
    "outside_temp": ("vehicle.outside_temperature_C", "°C"),
    "charge_energy_added": ("vehicle.charged_Wh", "kWh"),
    "charger_power": ("vehicle.charging_power_W", "kW"),
    "charger_actual_current": ("energy.current_A", "A"),
    "charger_voltage": ("energy.voltage_V", "V"),
    "state": ("state.mode", ""),
})  # fmt: skip
_encode = msgspec.json.Encoder().encode
_pack, _unpack = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(tuple[int, bytes, dict[str, str]]).decode

Cells = Mapping[str, str]


def table_of(columns: list[str]) -> str | None:
    """Return which of TeslaMate's tables has such columns; None where none has."""
    named = set(columns)
    return next((table for table, known in TABLES.items() if known <= named), None)


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a table or a dump. Raises UserError for a dump without rows of positions, charges or states."""
    context = msgspec.structs.replace(context, time_zone=UTC)
    if head_of(stream).startswith(PACKED_DUMP):
        raise UserError("This dump is in PostgreSQL's own format. Make SQL of it: pg_restore -f teslamate.sql FILE.")
    if DUMP in head_of(stream)[:1_000]:
        yield from _dump(stream, context)
        return
    table = Table(stream)
    name = table_of(table.columns) or ""
    for row in table.rows():
        if isinstance(row, Rejected):
            yield row
        elif name not in _READ:
            yield Ignored("summary")
        else:
            yield event_of(row.number, row.text, _event, name, row.cells, _id(row.cells.get("car_id")), context)


def tags_in(stream: Stream, context: ParseContext) -> Iterator[str]:
    """Yield the numbers of the cars."""
    if DUMP not in head_of(stream)[:1_000]:
        yield from tags_of_rows(Table(stream), lambda cells: _id(cells.get("car_id")))
        return
    for row in copied_rows(stream):
        if row.table in TABLES and (car := _id(row.cells.get("car_id"))):
            yield car


def _dump(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    cars: dict[str | None, str | None] = {}
    found, broken = 0, None
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as waiting:
        try:
            for row in copied_rows(stream):
                found += row.table in _READ
                if row.table == "charging_processes":
                    cars[_id(row.cells.get("id"))] = _id(row.cells.get("car_id"))
                if row.table == "charges":
                    _keep(waiting, (row.number, row.line[:1_000], row.cells))
                elif row.table in _READ:
                    car = _id(row.cells.get("car_id"))
                    yield event_of(row.number, row.line, _event, row.table, row.cells, car, context)
                elif row.table in TABLES:
                    yield Ignored("summary")
        except BrokenFileError as error:
            broken = error
        waiting.seek(0)
        for number, line, cells in _kept(waiting):
            car = _id(cells.get("car_id")) or cars.get(_id(cells.get("charging_process_id")))
            yield event_of(number, line, _event, "charges", cells, car, context)
    if broken:
        raise broken
    if not found:
        raise UserError(
            "There are no rows of TeslaMate's in this dump. Make one in plain SQL, with COPY: pg_dump teslamate > file."
        )


def _keep(file: IO[bytes], row: tuple[int, bytes, dict[str, str]]) -> None:
    packed = _pack(row)
    file.write(len(packed).to_bytes(4, "big") + packed)


def _kept(file: IO[bytes]) -> Iterator[tuple[int, bytes, dict[str, str]]]:
    while size := file.read(4):
        yield _unpack(file.read(int.from_bytes(size, "big")))


def _id(cell: str | None) -> str | None:
    """Return a row's number in its table, which counts from 1; None for NULL, however it is written."""
    found = number(cell)
    return str(int(found)) if found is not None and found >= 1 and found == int(found) else None


def _event(table: str, written: Cells, car: str | None, context: ParseContext) -> Event:
    cells = {name: cell for name, cell in written.items() if is_given(cell)}
    groups: Groups = {}
    for name, value in cells.items():
        if name in _FIELDS:
            _FIELDS[name].put(value, groups)
    if "rated_battery_range_km" not in cells and "ideal_battery_range_km" in cells:
        _FIELDS["rated_battery_range_km"].put(cells["ideal_battery_range_km"], groups)
    if table == "positions" and _id(cells.get("drive_id")):
        groups.setdefault("state", {})["mode"] = "driving"
    if table == "charges":
        groups.setdefault("state", {})["mode"] = "charging"
        groups.setdefault("vehicle", {})["plugged_in"] = True
    typed = typed_groups(groups)
    if table == "positions":
        typed["location"] = make_location(
            cells.get("latitude"),
            cells.get("longitude"),
            altitude_m=sentinels.altitude(cells.get("elevation")),
            fix_speed_ms=convert_unit(sentinels.speed(cells.get("speed")), KMH_MS),
        )
    moment = moment_of(cells.get("start_date" if table == "states" else "date"), context)
    return build_event(SOURCE, _encode(written), moment, device=car, **typed)
