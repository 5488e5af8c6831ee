"""Torque Pro: what a car's computer and the phone in it measured, in the query.

Facts: home-assistant/core, components/torque; econpy/torque, web/data/torque_keys.csv and upload_data.php; requests
that users have published. A value is ``k`` and its PID in hexadecimal. At the start of a session the app also sends
names, units (``userUnit05``, ``defaultUnit05``, ``userFullName05``: the PID with a zero in front) and the car's
profile, in any order, before or after the first values. Values are in the default unit, whatever the user sees.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from iot_hub import sentinels
from iot_hub.event import Event, ParseResult
from iot_hub.obd.pids import PIDS
from iot_hub.properties.groups import EventDetails
from iot_hub.sources.batch_time import date_by_batch
from iot_hub.sources.bounds import Payload
from iot_hub.sources.canonical import (
    KMH_MS,
    Location,
    build_event,
    convert_unit,
    make_location,
    parse_time,
    text,
    typed_groups,
)
from iot_hub.sources.fields import Field, Groups, field
from iot_hub.sources.form import Fields, fields_of, first, messages_of, require_meaning
from iot_hub.sources.own_pids import OwnPids, own_field
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import events_of
from iot_hub.values import is_given

_LONGITUDE, _LATITUDE, _ALTITUDE, _ACCURACY, _SATELLITES = 0xFF1005, 0xFF1006, 0xFF1010, 0xFF1239, 0xFF123A
MOST_DEGREES = 360
_GPS_SPEED, _BEARING, _GPS_BEARING = 0xFF1001, 0xFF1007, 0xFF123B

# What the app works out itself, or measures in the phone. Of two with one meaning the last that is there counts.
_APP: Mapping[int, tuple[str, str]] = {
    0xFF1204: ("vehicle.trip_km", "km"),
    0xFF1207: ("vehicle.consumption_L100km", "L/100 km"),
    0xFF1223: ("motion.acceleration_g", "g"),
    0xFF1225: ("vehicle.torque_Nm", "N·m"),
    0xFF1226: ("vehicle.power_W", "hp"),
    0xFF1238: ("vehicle.voltage_V", "V"),
    0xFF125D: ("vehicle.fuel_rate_Lh", "L/h"),
    0xFF126A: ("vehicle.range_km", "km"),
    0xFF126B: ("vehicle.fuel_percent", "%"),
    0xFF1270: ("climate.pressure_hPa", "mbar"),
    0xFF1271: ("vehicle.fuel_used_L", "L"),
    0xFF1273: ("vehicle.power_W", "kW"),
}


def _fields(meanings: Mapping[int, tuple[str, str]]) -> dict[int, tuple[str, Field | None]]:
    return {number: (path, field(path, unit)) for number, (path, unit) in meanings.items()}


# The car's own figure counts where the app has worked out another one.
_BY_RANK = _fields(_APP) | _fields({number: (pid.path, pid.unit) for number, pid in PIDS.items()})

_NAME = re.compile(r"(k|defaultunit)([0-9a-f]{1,8})", re.IGNORECASE | re.ASCII)


def parse(body: bytes, context: ParseContext) -> list[ParseResult]:
    """Read a query, or several of them in a JSON array."""
    items = [
        item
        for index, part in enumerate(messages_of(body, context))
        for item in events_of(part, index, lambda payload: [_event(payload, context)])
    ]
    return date_by_batch(items, context)


def _event(payload: Payload, context: ParseContext) -> Event:
    form = fields_of(payload)
    values, units = _by_pid(form.fields)
    typed = typed_groups(_groups(values, units, context.pids))
    typed["location"], typed["event"] = _location(values), _details(form.fields)
    moment = parse_time(first(form.fields, "time"), context)
    return require_meaning(build_event("torque", form.text, moment, device=text(first(form.fields, "id")), **typed))


def _groups(values: Mapping[int, object], units: Mapping[int, str], own: OwnPids) -> Groups:
    """Return what values mean; where several mean the same, the owner's own PIDs count before the car's."""
    groups: Groups = {}
    for pid, path, found in _by_rank(tuple(values)):
        if pid not in own.by_pid:
            read = field(path, units[pid]) if pid in units else found
            if read:
                read.put(values[pid], groups)
    for number, described in own.by_pid.items():
        if number in values and (found := own_field(described, units.get(number, ""))):
            found.put(values[number], groups)
    return groups


def _by_pid(fields: Fields) -> tuple[dict[int, object], dict[int, str]]:
    """Return values, and the units that are sent with them, by PID. Of several the first that says something counts."""
    values: dict[int, object] = {}
    units: dict[int, str] = {}
    names = tuple(fields)
    is_usual = sum(map(len, names)) <= _MOST_LETTERS
    for name, pid, is_unit in _named_pids(names) if is_usual else _named_pids.__wrapped__(names):
        content = fields[name]
        if is_unit:
            for each in content if isinstance(content, list) else (content,):
                if isinstance(each, str) and each.strip():
                    units.setdefault(pid, _mended(each))
        elif pid not in values or not is_given(values[pid]):
            each = next(filter(is_given, content), None) if isinstance(content, list) else content
            # A number is read once, though its place, its group and its limits each want one.
            if type(each) is str and "." in each:
                try:
                    each = float(each)
                except ValueError:
                    pass  # Not one, or written with a comma.
            values[pid] = each
    return values, units


_MOST_LETTERS = 4_096
"""Of the names of a request whose reading is kept for the next one: what a client sends would fill the memory."""


# A session's requests have the same fields, thousands of times.
@lru_cache(maxsize=200)
def _named_pids(names: tuple[str, ...]) -> list[tuple[str, int, bool]]:
    """Return those of a request's fields that are of a PID, with it, and whether they say its unit."""
    parted = [(name, found) for name in names if (found := _NAME.fullmatch(name))]
    return [(name, int(found[2], 16), found[1].lower() != "k") for name, found in parted]


@lru_cache(maxsize=200)
def _by_rank(pids: tuple[int, ...]) -> list[tuple[int, str, Field | None]]:
    """Return those of some PIDs that are known, and what they mean; of several with one meaning the last counts."""
    given = frozenset(pids)
    return [(pid, path, found) for pid, (path, found) in _BY_RANK.items() if pid in given]


def _mended(unit: str) -> str:
    """Return a unit whose UTF-8 was taken for Latin-1, as the app sends it, or was written in escapes."""
    try:
        unit = unit.encode("latin-1").decode()
    except UnicodeError:
        pass
    return unit.replace("\\xC2\\xB0", "°")


def _degrees(value: object) -> object:
    """Return degrees, or None for a number that is none: 3.4e38, infinity, 65535. What is no number is as it came."""
    try:
        return value if abs(value if type(value) is float else float(str(value))) <= MOST_DEGREES else None
    except ValueError:
        return value if is_given(value) else None


def _location(values: Mapping[int, object]) -> Location | None:
    """Return where the phone is; without one of two coordinates the car's values stand alone."""
    latitude, longitude = _degrees(values.get(_LATITUDE)), _degrees(values.get(_LONGITUDE))
    if latitude is None or longitude is None:
        return None
    bearing = sentinels.bearing(values.get(_BEARING))
    return make_location(
        latitude,
        longitude,
        altitude_m=sentinels.altitude(values.get(_ALTITUDE)),
        bearing=sentinels.bearing(values.get(_GPS_BEARING)) if bearing is None else bearing,
        fix_speed_ms=convert_unit(sentinels.speed(values.get(_GPS_SPEED)), KMH_MS),
        fix_accuracy_m=sentinels.accuracy(values.get(_ACCURACY)),
        satellites=sentinels.satellites(values.get(_SATELLITES)),
    )


def _details(fields: Fields) -> EventDetails | None:
    notice, profile = text(first(fields, "notice")), text(first(fields, "profileName"))
    if notice:
        return EventDetails(type="notice", text=notice)
    return EventDetails(type="profile", name=profile) if profile else None
