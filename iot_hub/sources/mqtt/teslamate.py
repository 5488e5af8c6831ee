"""TeslaMate: a car's values, each a text under a topic of its own.

Facts: docs.teslamate.org, "MQTT". ``teslamate/cars/ID/KEY``, or with a namespace ``teslamate/NAMESPACE/cars/ID/KEY``;
all but ``healthy`` are retained, none has a time. An empty text and ``nil`` are unknown. ``location`` is JSON; what
belongs to it, speed, heading and elevation, comes apart, so a position has the last of each that is known. The
position of ``active_route`` is where the car is going. Speed is in km/h, tyre pressure in bar, power in kW.

A value is published when it changes, and again when TeslaMate starts or connects: while the car sleeps, what was known
before is no reading.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

import msgspec

from iot_hub import sentinels
from iot_hub.sources.canonical import KMH_MS, convert_unit
from iot_hub.sources.fields import Field, Groups, field
from iot_hub.sources.mqtt.entity_values import location_of
from iot_hub.sources.mqtt.events import guarded, original_of, reading, received, text_of, value_of
from iot_hub.sources.mqtt.meaning import NOTHING, Availability, Description, Handler, Meaning, Message, part_of
from iot_hub.sources.mqtt.protocol import MOST_DEVICES, Protocol
from iot_hub.sources.mqtt.settings import HomeSettings
from iot_hub.values import is_given

_TOPIC = re.compile(r"teslamate/(?:(?P<space>[^/]+)/)?cars/(?P<car>[^/]+)/(?P<key>[a-z0-9_]+)")
_VALUES: Mapping[str, tuple[str, str]] = {
    "state": ("state.mode", ""),
    "charging_state": ("state.activity", ""),
    "speed": ("vehicle.speed_kmh", "km/h"),
    "odometer": ("vehicle.odometer_km", "km"),
    "inside_temp": ("vehicle.inside_temperature_C", "°C"),
    "outside_temp": ("vehicle.outside_temperature_C", "°C"),
    "battery_level": ("vehicle.battery_percent", "%"),
    "rated_battery_range_km": ("vehicle.range_km", "km"),
    "shift_state": ("vehicle.shift_state", ""),
    "plugged_in": ("vehicle.plugged_in", ""),
    "locked": ("vehicle.locked", ""),
    "power": ("vehicle.power_W", "kW"),
    "charger_power": ("vehicle.charging_power_W", "kW"),
    "charger_actual_current": ("energy.current_A", "A"),
    "charger_voltage": ("energy.voltage_V", "V"),
    "charge_energy_added": ("vehicle.charged_Wh", "kWh"),
    "charge_limit_soc": ("vehicle.charge_limit_percent", "%"),
    "geofence": ("event.place", ""),
}
_FIELDS: dict[str, Field] = {name: found for name, target in _VALUES.items() if (found := field(*target))}
_TYRE = field("vehicle.tire_pressure_kPa", "bar")
_OF_A_POSITION = frozenset({"location", "speed", "heading", "elevation"})
_TOGETHER = 500_000
"""Microseconds within which a position and what belongs to it come: later, the car is elsewhere."""
_ASLEEP = frozenset({b"asleep", b"offline", b"suspended"})
"""States in which TeslaMate asks the car nothing."""
_MOST_KEYS, _LONGEST_KNOWN = 200, 256
_IGNORED = frozenset({
    "active_route", "active_route_destination", "active_route_latitude", "active_route_longitude", "display_name",
    "healthy", "latitude", "longitude", "since",
})  # fmt: skip


class _Car(msgspec.Struct):
    """What was heard of a car: the last payload of each key, and what a position is made of."""

    payloads: dict[str, bytes] = {}
    position: dict[str, object] = {}
    located_at: int = 0

    def is_repetition(self, key: str, message: Message) -> bool:
        """Return whether a message only says again what was known before the car fell asleep, and remember it."""
        known, is_asleep = self.payloads.get(key), self.payloads.get("state") in _ASLEEP
        if len(message.payload) <= _LONGEST_KNOWN and (key in self.payloads or len(self.payloads) < _MOST_KEYS):
            self.payloads[key] = message.payload
        return is_asleep and known == message.payload


class TeslaMate(Protocol):
    """Reads the cars of TeslaMate."""

    name = "teslamate"

    def __init__(self, settings: HomeSettings) -> None:
        super().__init__(settings)
        self._cars: dict[str, _Car] = {}

    def route(self, topic: str) -> Handler | None:
        """Return the reader of a car's topic."""
        found = _TOPIC.fullmatch(topic)
        if found is None:
            return _nothing if topic.startswith("teslamate/") else None
        device = "/".join(filter(None, ("teslamate", found["space"], found["car"])))
        return partial(self._value, device, found["key"])

    def _value(self, device: str, key: str, message: Message) -> Meaning:
        def read() -> Meaning:
            value = text_of(message)
            if key == "display_name" and is_given(value):
                return Meaning(descriptions=(Description(device, self.name, value.strip(), "Tesla"),))
            if key == "healthy":
                return Meaning(availability=(Availability(device, "online" if value == "true" else "unknown"),))
            if key in _IGNORED or self._car(device).is_repetition(key, message):
                return NOTHING
            groups: Groups = {}
            if is_given(value) and key in _FIELDS:
                _FIELDS[key].put(value, groups)
            owner = device
            if key.startswith("tpms_pressure_") and _TYRE:
                owner = part_of(device, f"tyre {key.removeprefix('tpms_pressure_')}")
                _TYRE.put(value, groups)
            if key in _OF_A_POSITION and (place := _position(self._car(device), key, message)):
                groups["location"] = place
            original = original_of(key, message)
            return Meaning((reading(self.name, owner, original, received(message), groups),))

        return guarded(device, message, read)

    def _car(self, device: str) -> _Car:
        if device not in self._cars and len(self._cars) >= MOST_DEVICES:
            self._cars.clear()
        return self._cars.setdefault(device, _Car())


def _position(car: _Car, key: str, message: Message) -> dict[str, object] | None:
    """Return the position that a message completes: its own, or the one that came just before it."""
    value = value_of(message)
    if message.retained:
        return None
    known = car.position
    known[key] = value if is_given(value) else None
    if key == "location":
        car.located_at = message.received_at
    where = known.get("location")
    if not isinstance(where, dict) or abs(message.received_at - car.located_at) > _TOGETHER:
        return None
    place = location_of({**where, "altitude": known.get("elevation"), "course": known.get("heading")})
    speed = convert_unit(sentinels.speed(known.get("speed")), KMH_MS)
    if place is not None and speed is not None:
        place["fix_speed_ms"] = speed
    return place


def _nothing(message: Message) -> Meaning:
    return NOTHING
