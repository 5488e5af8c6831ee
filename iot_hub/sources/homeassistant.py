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

from iot_hub.event import Event, ParseResult
from iot_hub.sources.bounds import Payload, decode_any, decode_object
from iot_hub.sources.canonical import (
    Battery,
    Group,
    Timestamp,
    build_event,
    convert_unit,
    make_location,
    not_negative,
    number,
    parse_time,
    positive,
    text,
)
from iot_hub.sources.form import truth
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, events_of, parts_of

Sensor = Mapping[str, Any]

_encode = msgspec.json.Encoder().encode
_UNKNOWN = ("unavailable", "unknown", "none", "")
# A state's unit says what it is, and where it stands among the canonical properties: group, name, factor.
_UNITS = {
    "°C": ("climate", "temperature_C", 1),
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


def _network_name(state: object) -> str | None:
    name = text(state)
    return None if name is None or name.strip("<>").lower() in ("not connected", *_UNKNOWN) else name


def _signal(state: object) -> float | int | None:
    found = number(state)
    return None if found == -1 else found


# The sensors that the app itself has, by their ids on Android and iOS (home-assistant/android, …SensorManager.kt;
# home-assistant/iOS, WebhookSensorId.swift). Units come with the registration alone; these never change.
_SENSORS: Mapping[str, tuple[str, str, Callable[[object], object]]] = {
    "battery_level": ("battery", "remaining_percent", not_negative),
    "battery_state": ("battery", "state", text),
    "is_charging": ("battery", "charging", truth),
    "battery_temperature": ("battery", "temperature_C", number),
    "battery_power": ("battery", "power_W", number),
    "steps_sensor": ("motion", "steps", not_negative),
    "pedometer": ("motion", "steps", not_negative),
    "pedometer_steps": ("motion", "steps", not_negative),
    "pedometer_distance": ("motion", "distance_m", not_negative),
    "detected_activity": ("motion", "activity", text),
    "activity": ("motion", "activity", text),
    "pressure_sensor": ("climate", "pressure_hPa", positive),
    "pressure": ("climate", "pressure_hPa", positive),
    "light_sensor": ("climate", "illuminance_lx", not_negative),
    "wifi_connection": ("network", "ssid", _network_name),
    "connectivity_ssid": ("network", "ssid", _network_name),
    "wifi_bssid": ("network", "bssid", _network_name),
    "connectivity_bssid": ("network", "bssid", _network_name),
    "wifi_signal_strength": ("network", "signal_dBm", _signal),
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
        for item in events_of(part, index, lambda payload: _events(payload, context))
    ]


def decrypt_message(payload: Payload, key: str | None) -> dict[str, Any]:
    """Decode a message, decrypted where it is encrypted. Raises NotStorableError, or what decoding raises."""
    message = decode_object(payload)
    if not message.get("encrypted"):
        return message
    data = decode_any(SecretBox(secret_of(key)).decrypt(_base64(message.get("encrypted_data"))))
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


def _location(data: Mapping[str, Any]) -> dict[str, Group]:
    gps = data.get("gps")
    latitude, longitude = gps[:2] if isinstance(gps, list) and len(gps) >= 2 else (None, None)
    return {
        "location": make_location(
            latitude,
            longitude,
            altitude_m=number(data.get("altitude")),
            bearing=not_negative(data.get("course")),
            fix_speed_ms=not_negative(data.get("speed")),
            fix_accuracy_m=positive(data.get("gps_accuracy")),
            fix_vertical_accuracy_m=positive(data.get("vertical_accuracy")),
        ),
        "battery": Battery(remaining_percent=not_negative(data.get("battery"))),
        # A zone's name is an address: among the events, which are not published.
        "event": {"place": text(data.get("location_name"))},
    }


def _sensors(sensors: Iterable[Sensor]) -> dict[str, Group]:
    groups: dict[str, dict[str, Any]] = {}
    for sensor in sensors:
        target, state = _SENSORS.get(str(sensor.get("unique_id"))), sensor.get("state")
        if target and _is_known(state):
            group, name, read = target
            groups.setdefault(group, {})[name] = read(state)
    return {**groups}


def _state(message: Mapping[str, Any], original: bytes, context: ParseContext) -> Event:
    groups: dict[str, dict[str, Any]] = {}
    state, unit = message.get("state"), message.get("unit")
    value = number(state)
    if value is not None and isinstance(unit, str):
        named = _named(str(message.get("entity_id")), unit)
        if unit == "°F":
            groups["climate"] = {"temperature_C": round((value - 32) / 1.8, 3)}
        elif named:
            group, name, factor = named
            groups[group] = {name: convert_unit(value, factor)}
    if _is_known(state):
        groups["state"] = {"value": state if value is None else value}
    return build_event(
        "homeassistant",
        original,
        parse_time(message.get("last_changed") or message.get("last_updated"), context),
        device=text(message.get("entity_id")),
        **groups,
    )


def _named(entity: str, unit: str) -> tuple[str, str, float] | None:
    if unit == "%":
        for word, group, name in (("humid", "climate", "humidity_percent"), ("batter", "battery", "remaining_percent")):
            if word in entity:
                return group, name, 1
        return None
    return _UNITS.get(unit)


def _is_known(state: object) -> bool:
    return state is not None and not (isinstance(state, str) and state.strip().lower() in _UNKNOWN)
