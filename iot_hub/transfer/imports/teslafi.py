"""TeslaFi's export, a CSV a month: what Tesla's interface has said about once a minute.

Facts: teslamate-org/teslamate, lib/teslamate/import and its tests. Distances are miles, speed is mph, temperatures °C,
power kW, energy kWh; ``None`` and an empty cell are unknown. ``Date`` is local time of the car's home without a zone,
``2016-07-01 00:00:35``, or as a spreadsheet has written it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event, Rejected
from iot_hub.sources.canonical import build_event, make_location, typed_groups
from iot_hub.sources.fields import Field, Groups, field
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.transfer.imports.columns import decimal
from iot_hub.transfer.imports.record import Ignored, ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.table import Table
from iot_hub.transfer.imports.tags import tags_of_rows
from iot_hub.transfer.imports.times import moment_of
from iot_hub.values import is_given

SOURCE = "teslafi"
COLUMNS = frozenset({"data_id", "Date", "shift_state", "charging_state", "odometer", "battery_level"})

_MPH_MS = 1609.344 / 3600
_FIELDS: Mapping[str, Field | None] = {
    "state": field("state.mode"),
    "charging_state": field("state.activity"),
    "shift_state": field("vehicle.shift_state"),
    "locked": field("vehicle.locked"),
    "speed": field("vehicle.speed_kmh", "mph"),
    "power": field("vehicle.power_W", "kW"),
    "odometer": field("vehicle.odometer_km", "mi"),
    "battery_level": field("vehicle.battery_percent", "%"),
    "battery_range": field("vehicle.range_km", "mi"),
    "inside_temp": field("vehicle.inside_temperature_C", "°C"),
    "outside_temp": field("vehicle.outside_temperature_C", "°C"),
    "charger_power": field("vehicle.charging_power_W", "kW"),
    "charge_energy_added": field("vehicle.charged_Wh", "kWh"),
    "charge_limit_soc": field("vehicle.charge_limit_percent", "%"),
    "charger_voltage": field("energy.voltage_V", "V"),
    "charger_actual_current": field("energy.current_A", "A"),
}
_PLUGGED_IN = frozenset({"charging", "complete", "stopped", "nopower", "starting"})
_SLASHES = re.compile(r"(\d\d?)/(\d\d?)/(\d{4}) +(\d\d?):(\d\d)(?::(\d\d))? *(AM|PM)?", re.IGNORECASE)
_FILE = re.compile(r"(?:TeslaFi)?(\d{1,2})(\d{4})\D*\Z")
_encode = msgspec.json.Encoder().encode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a month. What is said of a car that could not be asked is a state alone."""
    found = _FILE.search(PurePath(context.file).stem)
    month = int(found[1]) if found else 0
    for row in Table(stream).rows():
        if isinstance(row, Rejected):
            yield row
        elif not any(is_given(row.cells.get(name)) for name in ("Date", *_FIELDS)):
            yield Ignored("empty")
        else:
            yield event_of(row.number, row.text, _event, row.cells, month, context)


def tags_in(stream: Stream, context: ParseContext) -> Iterator[str]:
    """Yield the cars' numbers at Tesla."""
    yield from tags_of_rows(Table(stream), _car)


def _car(cells: Mapping[str, str]) -> str | None:
    car = cells.get("vehicle_id")
    return car if is_given(car) else None


def _event(cells: Mapping[str, str], month: int, context: ParseContext) -> Event:
    groups: Groups = {}
    for name, found in _FIELDS.items():
        value = decimal(cells.get(name))
        if found and is_given(value):
            found.put(value, groups)
    activity = str(groups.get("state", {}).get("activity", "")).lower()
    if activity:
        groups.setdefault("vehicle", {})["plugged_in"] = activity in _PLUGGED_IN
    typed = typed_groups(groups)
    speed = sentinels.speed(cells.get("speed"))
    typed["location"] = make_location(
        decimal(cells.get("latitude")),
        decimal(cells.get("longitude")),
        altitude_m=sentinels.altitude(cells.get("elevation")),
        bearing=sentinels.bearing(cells.get("heading")),
        fix_speed_ms=None if speed is None else round(speed * _MPH_MS, 6),
    )
    moment = moment_of(_time(cells.get("Date", ""), month), context)
    return build_event(SOURCE, _encode(cells), moment, device=_car(cells), **typed)


def _time(text: str, month: int) -> str:
    """Write a spreadsheet's date as ISO 8601. Raises NotStorableError where it is not known which is the day.

    With AM and PM the month comes first. Else a number beyond 12 is the day; where neither is one, the file's month
    says.
    """
    found = _SLASHES.fullmatch(text.strip())
    if found is None:
        return text
    first, second, hour = int(found[1]), int(found[2]), int(found[4])
    if found[7]:
        hour = hour % 12 + (12 if found[7].upper() == "PM" else 0)
        day, of_month = second, first
    elif first > 12 or (second == month != first):
        day, of_month = first, second
    elif second > 12 or first == second or first == month:
        day, of_month = second, first
    else:
        raise NotStorableError("time_unreadable")
    return f"{found[3]}-{of_month:02}-{day:02} {hour:02}:{found[5]}:{found[6] or '00'}"
