"""Termux:API, an Android phone's sensors as commands that print JSON.

Facts: termux/termux-api, app/src/main/java/com/termux/api/apis (BatteryStatusAPI, LocationAPI, WifiAPI,
SensorAPI). No command prints a time, so a reading is of the moment when it was printed. An error is an
object too, with exit status 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iot_hub import sentinels
from iot_hub.agent.errors import SensorError
from iot_hub.agent.reading import Properties
from iot_hub.agent.sensors.json_output import JsonObject, objects
from iot_hub.timestamps import SECOND, Microseconds
from iot_hub.values import convert_unit, not_negative, number, position, positive, text

SOURCE = "termux"
LEAST_CURRENT = 10_000
"""Below it nobody can tell: 10 mA in the microamperes that were promised, or 10 A of a vendor who counts mA."""

_CHARGING = {"CHARGING": True, "DISCHARGING": False, "NOT_CHARGING": False}


def parse(printed: str, at: Microseconds) -> Iterator[tuple[JsonObject, Properties]]:
    """Yield each object that is not empty, with its meaning in the hub's own words.

    ``at`` is when it was printed. Raises SensorError where the command says that it failed, or prints no JSON.
    """
    for fields in objects(printed):
        if "API_ERROR" in fields:
            raise SensorError(str(fields["API_ERROR"]))
        if fields:
            yield fields, _groups(fields, at)


def _groups(fields: JsonObject, at: Microseconds) -> Properties:
    if "latitude" in fields:
        return {"location": _location(fields, at)}
    if "supplicant_state" in fields or "bssid" in fields:
        return {"network": _network(fields)}
    if "plugged" in fields or "percentage" in fields:
        return {"battery": _battery(fields)}
    return _sensors(fields)


def _battery(fields: JsonObject) -> Properties:
    status = fields.get("status")
    return {
        "remaining_percent": sentinels.battery(_percent(fields), status),
        "charging": _CHARGING.get(str(status)),
        "state": (text(status) or "").lower() or None,
        "technology": text(fields.get("technology")),
        "temperature_C": sentinels.battery_temperature(fields.get("temperature")),
        "voltage_V": convert_unit(sentinels.voltage(fields.get("voltage")), 1e-3),
        "usage_current_mA": _current(fields),
        "remaining_charge_mAh": convert_unit(positive(fields.get("charge_counter")), 1e-3),
        "remaining_energy_mWh": convert_unit(positive(fields.get("energy")), 1e-6),
    }


def _percent(fields: JsonObject) -> float | int | None:
    percent = not_negative(fields.get("percentage"))
    if percent is None and (scale := positive(fields.get("scale"))):
        percent = convert_unit(not_negative(fields.get("level")), 100 / scale)
    return percent


def _current(fields: JsonObject) -> float | None:
    # Never current_average: in the same field some vendors count in milliamperes, some in microamperes.
    current = number(fields.get("current"))
    return None if current is None or abs(current) < LEAST_CURRENT else convert_unit(current, 1e-3)


def _location(fields: JsonObject, at: Microseconds) -> Properties | None:
    found = position(fields.get("latitude"), fields.get("longitude"))
    if found is None:
        return None
    age = _milliseconds(fields.get("elapsedMs"))
    return {
        "latitude": found[0],
        "longitude": found[1],
        # Exactly 0.0 is how altitude, bearing and speed are unset.
        "altitude_m": sentinels.altitude(fields.get("altitude")) or None,
        "bearing": sentinels.bearing(fields.get("bearing")) or None,
        "fix_provider": text(fields.get("provider")),
        "fix_speed_ms": sentinels.speed(fields.get("speed")) or None,
        "fix_timestamp": None if age is None else (at - age * 1000) / SECOND,
        "fix_accuracy_m": sentinels.accuracy(fields.get("accuracy")),
        "fix_vertical_accuracy_m": sentinels.accuracy(fields.get("vertical_accuracy")),
    }


def _milliseconds(fields: object) -> int | None:
    """Read the age of a fix. Beyond a year it is no fix's."""
    age = not_negative(fields)
    return None if age is None or age > 31_536_000_000 else round(age)


def _network(fields: JsonObject) -> Properties:
    if fields.get("supplicant_state") not in ("COMPLETED", None):
        return {}
    ssid, bssid = text(fields.get("ssid")), text(fields.get("bssid"))
    return {
        "ssid": None if ssid == "<unknown ssid>" else ssid,
        "bssid": None if bssid == "02:00:00:00:00:00" else bssid,
        "signal_dBm": sentinels.signal(fields.get("rssi")),
        "link_speed_Mbps": positive(fields.get("link_speed_mbps")),
        "frequency_MHz": positive(fields.get("frequency_mhz")),
    }


def _sensors(fields: JsonObject) -> Properties:
    """Find the sensors that have a place among the hub's words; vendors name them as they like."""
    groups: dict[str, dict[str, Any]] = {}
    for name, value in fields.items():
        first = _first(value)
        for words, group, key, least, most in _PLACES:
            if first is not None and least <= first <= most and any(word in name.lower() for word in words):
                groups.setdefault(group, {}).setdefault(key, first)
                break
    return groups


def _first(fields: object) -> float | int | None:
    values = fields.get("values") if isinstance(fields, Mapping) else None
    return number(values[0]) if isinstance(values, list) and values else None


_PLACES = (
    (("pressure", "barometer"), "climate", "pressure_hPa", 300, 1200),
    (("humidity",), "climate", "humidity_percent", 0, 100),
    (("ambient temperature", "ambient_temperature"), "climate", "temperature_C", -100, 100),
    (("light", "lux"), "climate", "illuminance_lx", 0, 200_000),
    (("step counter", "step_counter"), "motion", "steps", 0, 10**9),
)
