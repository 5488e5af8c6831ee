"""How a value that a device names becomes a property of the catalogue: its place, its unit, what it can't be.

A protocol's table says what each of its names means; a field says how one is read. A value that is unknown is absent,
and so is a value in a unit that does not fit: it stays in the message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import msgspec

from iot_hub import sentinels
from iot_hub.obd.limits import LIMITS
from iot_hub.properties.catalogue import catalogue
from iot_hub.properties.units import conversion, scaled
from iot_hub.values import is_given, not_negative, number, text

Groups = dict[str, dict[str, object]]
"""Groups of properties in the making."""

UNITS: Mapping[str, str] = {".".join(each.path): each.unit for each in catalogue() if each.kind == "number"}
KINDS: Mapping[str, str] = {".".join(each.path): each.kind for each in catalogue()}

# What a number can't be, by the catalogue's path: what sources read apps with.
_CHECKS: Mapping[str, Callable[[object], float | int | None]] = {
    "climate.temperature_C": sentinels.temperature,
    "climate.target_temperature_C": sentinels.machine_temperature,
    "climate.dew_point_C": sentinels.temperature,
    "climate.humidity_percent": sentinels.humidity,
    "climate.soil_moisture_percent": sentinels.humidity,
    "climate.soil_conductivity_uScm": not_negative,
    "climate.illuminance_lx": sentinels.illuminance,
    "climate.tag_battery_V": sentinels.voltage,
    "air.co2_ppm": sentinels.co2,
    "air.tvoc_ppb": not_negative,
    "air.voc_ugm3": not_negative,
    "air.pm1_ugm3": not_negative,
    "air.pm25_ugm3": not_negative,
    "air.pm4_ugm3": not_negative,
    "air.pm10_ugm3": not_negative,
    "battery.remaining_percent": sentinels.battery,
    "battery.voltage_V": sentinels.voltage,
    "machine.temperature_C": sentinels.machine_temperature,
    "network.signal_dBm": sentinels.signal,
    "weather.wind_speed_ms": sentinels.speed,
    "weather.wind_gust_ms": sentinels.speed,
    "weather.wind_direction": sentinels.bearing,
    "weather.rain_mm": not_negative,
    "weather.uv_index": not_negative,
    **LIMITS,
    "motion.acceleration_g": sentinels.acceleration,
}

_LARGEST = sentinels.LARGEST
_TRUE = frozenset({"on", "true", "1", "yes", "open", "opened", "detected", "wet", "home", "unlocked", "online"})
_FALSE = frozenset({"off", "false", "0", "no", "close", "closed", "clear", "dry", "not_home", "locked", "offline"})


class Field(msgspec.Struct, frozen=True):
    """How a value is read, and where it stands."""

    group: str
    key: str
    read: Callable[[object], object]

    def put(self, value: object, groups: Groups) -> None:
        """Add a value to its group, unless it is unknown."""
        found = self.read(value)
        if found is not None:
            if self.group in groups:
                groups[self.group][self.key] = found
            else:
                groups[self.group] = {self.key: found}


def truth(value: object) -> bool | None:
    """Return whether a state of two is the one that is reported: on, open, wet, true."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return bool(value) if value in (0, 1) else None
    word = value.strip().lower() if isinstance(value, str) else ""
    return True if word in _TRUE else False if word in _FALSE else None


def falsehood(value: object) -> bool | None:
    """Return the other of two states: of a contact that is closed, whether it is open."""
    found = truth(value)
    return None if found is None else not found


def word(value: object) -> str | None:
    """Return a state's word, or None for every way of saying that there is none."""
    return text(value) if is_given(value) else None


@lru_cache(maxsize=10_000)
def field(path: str, unit: str = "", factor: float = 1) -> Field | None:
    """Return how a property is read that is sent in a unit (none: the catalogue's), a number times a factor.

    None for a unit that is unknown, or measures something else. Raises KeyError for a path that is not in the
    catalogue: the table is wrong.
    """
    group, _, key = path.partition(".")
    kind = KINDS[path]
    if kind != "number":
        return Field(group, key, truth if kind == "boolean" else word)
    found = conversion(unit or UNITS[path], UNITS[path])
    if found is None:
        return None
    return Field(group, key, _reader(_CHECKS.get(path, sentinels.quantity), found[0] * factor, found[1]))


def inverted(path: str) -> Field:
    """Return how a boolean is read of which the opposite is sent."""
    group, _, key = path.partition(".")
    assert KINDS[path] == "boolean"  # noqa: S101 - a table is wrong
    return Field(group, key, falsehood)


def _reader(check: Callable[[object], float | int | None], factor: float, offset: float) -> Callable[[object], object]:
    if factor == 1 and offset == 0:
        return check

    def read(value: object) -> float | int | None:
        # Without a call where it can be spared: an energy in kWh comes this way with each message of a plug.
        found = value if type(value) is float else number(value)
        # The largest number means nothing in the unit in which it is sent: converted, it may look like one.
        return check(scaled(found, factor, offset)) if found is not None and -_LARGEST < found < _LARGEST else None

    return read
