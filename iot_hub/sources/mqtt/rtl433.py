"""rtl_433: sensors of the 433 and 868 MHz bands, the neighbours' too, one JSON object a transmission.

Facts: merbanan/rtl_433, docs/DATA_FORMAT.md, docs/INTEGRATION.md. ``rtl_433/HOST/events`` has all of a transmission,
``rtl_433/HOST/devices/…`` repeats each value alone. A name ends in its unit. ``time`` is local, unless it says
otherwise. ``battery_ok`` is a level from 0 to 1, mostly one of the two, and no percentage. A transmission is repeated
three to six times within a second. Identity is model, channel and id; an id may change with the battery, and keeps
its leading zeros. OpenMQTTGateway's ``RTL_433toMQTT`` has the same fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from iot_hub.sources.fields import Field, Groups, field, inverted
from iot_hub.sources.mqtt.events import guarded, local_time_of, object_of, parts
from iot_hub.sources.mqtt.meaning import NOTHING, Availability, Handler, Meaning, Message
from iot_hub.sources.mqtt.protocol import Protocol
from iot_hub.sources.mqtt.settings import HomeSettings
from iot_hub.sources.mqtt.zigbee2mqtt import state_word
from iot_hub.timestamps import SECOND, Microseconds
from iot_hub.values import number, text

_REPEATED_WITHIN = 2 * SECOND
_LOW = 0.2
_MOST_DEVICES = 5_000

_UNITS: Mapping[str, str] = {
    "C": "°C",
    "F": "°F",
    "hPa": "hPa",
    "kPa": "kPa",
    "psi": "psi",
    "PSI": "psi",
    "bar": "bar",
    "inHg": "inHg",
    "km_h": "km/h",
    "m_s": "m/s",
    "mi_h": "mph",
    "mph": "mph",
    "kts": "kn",
    "deg": "°",
    "mm": "mm",
    "in": "in",
    "inch": "in",
    "mm_h": "mm/h",
    "in_h": "in/h",
    "lux": "lx",
    "klx": "klx",
    "W": "W",
    "kW": "kW",
    "Wh": "Wh",
    "kWh": "kWh",
    "V": "V",
    "mV": "mV",
    "A": "A",
    "ppm": "ppm",
    "ug_m3": "µg/m³",
    "km": "km",
    "m": "m",
    "cm": "cm",
    "m3": "m³",
    "L": "L",
    "wm2": "W/m²",
    "VA": "VA",
    "Hz": "Hz",
}
_MEASURED: Mapping[str, str] = {
    "temperature": "climate.temperature_C",
    "setpoint": "climate.target_temperature_C",
    "pressure": "climate.pressure_hPa",
    "wind_avg": "weather.wind_speed_ms",
    "wind_speed": "weather.wind_speed_ms",
    "wind_max": "weather.wind_gust_ms",
    "wind_gust": "weather.wind_gust_ms",
    "wind_dir": "weather.wind_direction",
    "rain": "weather.rain_mm",
    "rain_rate": "weather.rain_rate_mmh",
    "rain_intensity": "weather.rain_rate_mmh",
    "light": "climate.illuminance_lx",
    "radiation": "weather.irradiance_Wm2",
    "solar": "weather.irradiance_Wm2",
    "power": "energy.power_W",
    "power0": "energy.power_W",
    "energy": "energy.energy_Wh",
    "total": "energy.energy_Wh",
    "current": "energy.current_A",
    "voltage": "energy.voltage_V",
    "battery": "battery.voltage_V",
    "supercap": "battery.voltage_V",
    "co2": "air.co2_ppm",
    "co": "air.co_ppm",
    "pm1": "air.pm1_ugm3",
    "pm2_5": "air.pm25_ugm3",
    "pm4": "air.pm4_ugm3",
    "pm10": "air.pm10_ugm3",
    "pm10_0": "air.pm10_ugm3",
    "hcho": "air.formaldehyde_ugm3",
    "depth": "state.distance_m",
    "volume": "water.consumed_L",
    "storm_dist": "weather.lightning_distance_m",
    "strike_distance": "weather.lightning_distance_m",
}
_ALONE: Mapping[str, tuple[str, str]] = {
    "humidity": ("climate.humidity_percent", "%"),
    "moisture": ("climate.soil_moisture_percent", "%"),
    "uv": ("weather.uv_index", "1"),
    "uvi": ("weather.uv_index", "1"),
    "strike_count": ("weather.lightning_count", "1"),
    "strikes": ("weather.lightning_count", "1"),
    "contact_open": ("contact.open", ""),
    "opened": ("contact.open", ""),
    "reed_open": ("contact.open", ""),
    "tamper": ("contact.tampered", ""),
    "motion": ("motion.detected", ""),
    "detect_wet": ("water.leak", ""),
    "water": ("water.leak", ""),
    "leak": ("water.leak", ""),
    "smoke": ("state.smoke", ""),
    "charging": ("battery.charging", ""),
}
_NAME = re.compile(r"(?P<name>.+?)(?:_(?P<n>\d))?_(?P<unit>" + "|".join(sorted(_UNITS, key=len, reverse=True)) + ")")
_NUMBERED = re.compile(r"(?P<name>humidity|moisture)_(?P<n>\d)")


def _battery_is_low(value: object) -> bool | None:
    level = number(value)
    return None if level is None or not 0 <= level <= 1 else level < _LOW


_FIELDS: dict[str, tuple[str, Field] | None] = {
    "battery_ok": ("", Field("battery", "low", _battery_is_low)),
    "closed": ("", inverted("contact.open")),
    **{name: ("", found) for name, target in _ALONE.items() if (found := field(*target))},
}


class Rtl433(Protocol):
    """Reads what receivers of rtl_433 hear."""

    name = "rtl_433"

    def __init__(self, settings: HomeSettings) -> None:
        super().__init__(settings)
        self._last: dict[str, tuple[bytes, Microseconds]] = {}

    def route(self, topic: str) -> Handler | None:
        """Return the reader of a receiver's topic."""
        levels = topic.split("/")
        if "RTL_433toMQTT" in levels[1:]:
            return self._event
        if "rtl_433" not in levels:
            return None
        rest = levels[levels.index("rtl_433") + 1 :]
        if rest[1:] in ([], ["events"]):
            return self._event if rest else None
        if rest[1:] == ["availability"]:
            return partial(self._availability, f"rtl_433/{rest[0]}")
        return _nothing

    def _availability(self, receiver: str, message: Message) -> Meaning:
        return Meaning(availability=(Availability(receiver, state_word(message)),))

    def _event(self, message: Message) -> Meaning:
        if not message.payload:
            return NOTHING

        def read() -> Meaning:
            event, original = object_of(message)
            device = _identity(event)
            if device is None:
                return NOTHING  # What the receiver says of itself.
            before = self._last.get(device)
            if before and before[0] == message.payload and abs(message.received_at - before[1]) < _REPEATED_WITHIN:
                return NOTHING
            if len(self._last) > _MOST_DEVICES:
                self._last.clear()
            self._last[device] = (message.payload, message.received_at)
            groups, of_parts = _groups_of(event)
            moment = local_time_of(event.get("time"), message, self.settings.time_zone)
            return Meaning(parts(self.name, device, original, moment, groups, of_parts))

        return guarded(message.topic, message, read)


def _nothing(message: Message) -> Meaning:
    return NOTHING


def _identity(event: Mapping[str, Any]) -> str | None:
    model = text(event.get("model"))
    if model is None:
        return None
    levels = [str(event[key]) for key in ("channel", "id") if isinstance(event.get(key), str | int)]
    return "/".join(["rtl_433", model, *levels])


def _groups_of(event: Mapping[str, Any]) -> tuple[Groups, dict[str, tuple[object, Groups]]]:
    groups: Groups = {}
    of_parts: dict[str, tuple[object, Groups]] = {}
    is_tyre = event.get("type") == "TPMS"
    for name, value in event.items():
        known = _FIELDS[name] if name in _FIELDS else _field_of(name)
        if known is None or isinstance(value, dict | list):
            continue
        part, found = known
        if is_tyre and name.startswith("pressure_"):
            unit = _UNITS[name.removeprefix("pressure_")]
            if tyre := field("vehicle.tire_pressure_kPa", unit):
                tyre.put(value, groups)
        elif part:
            block, inner = of_parts.setdefault(part, ({}, {}))
            assert isinstance(block, dict)  # noqa: S101 - made above
            block[name] = value
            found.put(value, inner)
        else:
            found.put(value, groups)
    return groups, of_parts


@lru_cache(maxsize=10_000)
def _field_of(name: str) -> tuple[str, Field] | None:
    if numbered := _NUMBERED.fullmatch(name):
        found = field(*_ALONE[numbered["name"]])
        return (numbered["n"], found) if found else None
    parsed = _NAME.fullmatch(name)
    whole = parsed["name"] if parsed else ""
    if parsed and f"{whole}_{parsed['n']}" in _MEASURED:
        path, part = _MEASURED[f"{whole}_{parsed['n']}"], ""
    elif parsed and whole in _MEASURED:
        path, part = _MEASURED[whole], parsed["n"] or ""
    else:
        return None
    found = field(path, _UNITS[parsed["unit"]])
    return (part, found) if found else None
