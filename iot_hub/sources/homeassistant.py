"""Home Assistant: its companion app's webhook, and automations that post a state (``rest_command``).

Facts: developers.home-assistant.io, "Native app integration: sending data"; home-assistant/android. The
app sends no time: what it says is dated by its receipt, and marked so.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from iot_hub import sentinels
from iot_hub.event import Event, ParseResult
from iot_hub.properties.groups import EventDetails, Groups
from iot_hub.sources.bounds import Payload, decode_any
from iot_hub.sources.canonical import (
    Battery,
    Timestamp,
    build_event,
    convert_unit,
    make_location,
    not_negative,
    number,
    parse_time,
    text,
    typed_groups,
)
from iot_hub.sources.form import truth
from iot_hub.sources.lenient import decode_item, repaired
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.salvage import events_of_message
from iot_hub.sources.storable import NotStorableError, parts_of

Sensor = Mapping[str, Any]

_encode = msgspec.json.Encoder().encode
_UNKNOWN = ("unavailable", "unknown", "none", "")
# A state's unit says what it is, and where it stands among the canonical properties: group, name, factor.
_UNITS = {
    "°C": ("climate", "temperature_C", 1),
    "°F": ("climate", "temperature_C", 1 / 1.8),
    "hPa": ("climate", "pressure_hPa", 1),
    "mbar": ("climate", "pressure_hPa", 1),
    "kPa": ("climate", "pressure_hPa", 10),
    "lx": ("climate", "illuminance_lx", 1),
    "ppm": ("air", "co2_ppm", 1),
    "W": ("energy", "power_W", 1),
    "kW": ("energy", "power_W", 1000),
    "Wh": ("energy", "energy_Wh", 1),
    "kWh": ("energy", "energy_Wh", 1000),
    "V": ("energy", "voltage_V", 1),
    "mV": ("energy", "voltage_V", 0.001),
    "A": ("energy", "current_A", 1),
    "mA": ("energy", "current_A", 0.001),
    "dBm": ("network", "signal_dBm", 1),
    "km/h": ("vehicle", "speed_kmh", 1),
}

_PARTICLES = (
    ("pm25", "air", "pm25_ugm3"),
    ("pm2_5", "air", "pm25_ugm3"),
    ("pm10", "air", "pm10_ugm3"),
    ("pm1", "air", "pm1_ugm3"),
)
_DEW_POINT = (("dew_point", "climate", "dew_point_C"), ("dewpoint", "climate", "dew_point_C"))
# Of these units it takes a word too, in the state's class or its entity's name: the first that is there.
_WORDS = {
    "%": (("humid", "climate", "humidity_percent"), ("batter", "battery", "remaining_percent")),
    "\N{MICRO SIGN}g/m³": _PARTICLES,
    "\N{GREEK SMALL LETTER MU}g/m³": _PARTICLES,
    "ppb": (("volatile_organic", "air", "tvoc_ppb"), ("voc", "air", "tvoc_ppb")),
    "°C": _DEW_POINT,
    "°F": _DEW_POINT,
}
# A class whose unit means something else: a wind is no vehicle.
_OTHERS = ("wind_speed", "wind_gust_speed", "volatile_organic_compounds_parts", "carbon_monoxide", "data_rate")


def _network_name(state: object) -> str | None:
    name = text(state)
    return None if name is None or name.strip("<>").lower() in ("not connected", *_UNKNOWN) else name


# What a state can't be, by where it stands.
_READ: Mapping[str, Callable[[object], float | int | None]] = {
    "temperature_C": sentinels.temperature,
    "dew_point_C": sentinels.temperature,
    "pm1_ugm3": not_negative,
    "pm25_ugm3": not_negative,
    "pm10_ugm3": not_negative,
    "tvoc_ppb": not_negative,
    "pressure_hPa": sentinels.pressure,
    "illuminance_lx": sentinels.illuminance,
    "humidity_percent": sentinels.humidity,
    "co2_ppm": sentinels.co2,
    "signal_dBm": sentinels.signal,
    "speed_kmh": sentinels.speed,
    "remaining_percent": sentinels.battery,
}

# The sensors that the app itself has, by their ids on Android and iOS (home-assistant/android, …SensorManager.kt;
# home-assistant/iOS, WebhookSensorId.swift). Units come with the registration alone; these never change.
_SENSORS: Mapping[str, tuple[str, str, Callable[[object], object]]] = {
    "battery_level": ("battery", "remaining_percent", sentinels.battery),
    "battery_state": ("battery", "state", text),
    "is_charging": ("battery", "charging", truth),
    "battery_temperature": ("battery", "temperature_C", sentinels.battery_temperature),
    "battery_power": ("battery", "power_W", number),
    "steps_sensor": ("motion", "steps", sentinels.count),
    "pedometer": ("motion", "steps", sentinels.count),
    "pedometer_steps": ("motion", "steps", sentinels.count),
    "pedometer_distance": ("motion", "distance_m", not_negative),
    "detected_activity": ("motion", "activity", text),
    "activity": ("motion", "activity", text),
    "pressure_sensor": ("climate", "pressure_hPa", sentinels.pressure),
    "pressure": ("climate", "pressure_hPa", sentinels.pressure),
    "light_sensor": ("climate", "illuminance_lx", sentinels.illuminance),
    "wifi_connection": ("network", "ssid", _network_name),
    "connectivity_ssid": ("network", "ssid", _network_name),
    "wifi_bssid": ("network", "bssid", _network_name),
    "connectivity_bssid": ("network", "bssid", _network_name),
    "wifi_signal_strength": ("network", "signal_dBm", sentinels.signal),
    "network_type": ("network", "connection", text),
    "connectivity_connection_type": ("network", "connection", text),
    # An address is among the events, which are not published.
    "geocoded_location": ("event", "place", text),
}


def parse(body: bytes, context: ParseContext) -> list[ParseResult]:
    """Read one message, or an array of states."""
    return [
        item
        for index, part in enumerate(parts_of(body, context))
        for item in events_of_message(part, index, "data", context, lambda payload: _events(payload, context))
    ]


def decrypt_message(payload: Payload, key: str | None) -> dict[str, Any]:
    """Decode a message, decrypted where it is encrypted. Raises NotStorableError, or what decoding raises."""
    message, _ = decode_item(payload)
    if not message.get("encrypted"):
        return message
    data = decode_any(repaired(SecretBox(secret_of(key)).decrypt(_base64(message.get("encrypted_data")))))
    return {"type": message.get("type"), "data": data}


def secret_of(key: str | None) -> bytes:
    """Return the secret box's key of a device's: 64 hexadecimal digits, or the first 32 characters of older apps."""
    if key is None:
        raise NotStorableError("key_missing")
    try:
        secret = bytes.fromhex(key)
    except ValueError:
        secret = b""
    return secret if len(secret) == SecretBox.KEY_SIZE else key.encode()[: SecretBox.KEY_SIZE].ljust(32, b"\0")


def _base64(value: object) -> bytes:
    try:
        return b64decode(value, validate=True) if isinstance(value, str) else b""
    except binascii.Error as error:
        raise NotStorableError("wrong_type") from error


def _events(payload: Payload, context: ParseContext) -> list[Event]:
    try:
        message = decrypt_message(payload, context.key)
    except CryptoError as error:
        raise NotStorableError("key_wrong") from error
    original = _encode(message)
    if "entity_id" in message:
        return [_state(message, original, context)]
    data = message.get("data")
    now = Timestamp(context.received_at, "received")
    if message.get("type") == "update_location" and isinstance(data, dict):
        return [build_event("homeassistant", original, now, device=None, **_location(data))]
    if message.get("type") == "register_sensor" and isinstance(data, dict):
        return [build_event("homeassistant", original, now, device=None, **_sensors([data]))]
    if message.get("type") == "update_sensor_states" and isinstance(data, list):
        return [build_event("homeassistant", original, now, device=None, **_sensors(_objects(data)))]
    # Questions of the app: what zones there are, what the settings are.
    return []


def _objects(items: list[Any]) -> Iterable[Sensor]:
    return (each for each in items if isinstance(each, dict))


def _location(data: Mapping[str, Any]) -> Groups:
    gps = data.get("gps") or (None, None)
    # Anything but a list is a position that can't be read.
    latitude, longitude, *_ = gps if isinstance(gps, list | tuple) and len(gps) >= 2 else (gps, gps)
    return {
        "location": make_location(
            latitude,
            longitude,
            altitude_m=sentinels.altitude(data.get("altitude"), data.get("vertical_accuracy")),
            bearing=sentinels.bearing(data.get("course")),
            fix_speed_ms=sentinels.speed(data.get("speed")),
            fix_accuracy_m=sentinels.accuracy(data.get("gps_accuracy")),
            fix_vertical_accuracy_m=sentinels.accuracy(data.get("vertical_accuracy")),
        ),
        "battery": Battery(remaining_percent=sentinels.battery(data.get("battery"))),
        # A zone's name is an address: among the events, which are not published.
        "event": EventDetails(place=text(data.get("location_name"))),
    }


def _sensors(sensors: Iterable[Sensor]) -> Groups:
    groups: dict[str, dict[str, Any]] = {}
    states = {str(sensor.get("unique_id")): sensor.get("state") for sensor in sensors}
    for sensor, state in states.items():
        target = _SENSORS.get(sensor)
        if target and _is_known(state):
            group, name, read = target
            groups.setdefault(group, {})[name] = read(state)
    if "battery" in groups and "remaining_percent" in groups["battery"]:
        level = groups["battery"]["remaining_percent"]
        groups["battery"]["remaining_percent"] = sentinels.battery(level, states.get("battery_state"))
    return typed_groups(groups)


def _state(message: Mapping[str, Any], original: bytes, context: ParseContext) -> Event:
    return build_event(
        "homeassistant",
        original,
        parse_time(message.get("last_changed"), context, message=message.get("last_updated"), zone=context.time_zone),
        device=text(message.get("entity_id")),
        **state_groups(str(message.get("entity_id")), message.get("state"), message.get("unit"), {}),
    )


def state_groups(entity: str, state: object, unit: object, attributes: Mapping[str, Any]) -> Groups:
    """Return what a state means by its unit, its entity and, where its attributes have one, its class."""
    groups: dict[str, dict[str, object]] = {}
    value = number(state)
    is_known = _is_known(state)
    named = _named(entity, unit, attributes.get("device_class")) if isinstance(unit, str) else None
    if value is not None and named:
        group, name, factor = named
        converted = round((value - 32) / 1.8, 3) if unit == "°F" else convert_unit(value, factor)
        measured = _READ.get(name, number)(converted)
        groups[group] = {name: measured}
        is_known = measured is not None
    if is_known:
        groups["state"] = {"value": state if value is None else value}
    return typed_groups(groups)


def _named(entity: str, unit: str, device_class: object) -> tuple[str, str, float] | None:
    said = f"{device_class} {entity}"
    for word, group, name in _WORDS.get(unit, ()):
        if word in said:
            return group, name, 1
    return None if device_class in _OTHERS else _UNITS.get(unit)


def _is_known(state: object) -> bool:
    return state is not None and not (isinstance(state, str) and state.strip().lower() in _UNKNOWN)
