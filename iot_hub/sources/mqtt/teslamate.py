"""TeslaMate: a car's values, each a text under a topic of its own.

Facts: docs.teslamate.org, "MQTT". ``teslamate/cars/ID/KEY``, or with a namespace ``teslamate/NAMESPACE/cars/ID/KEY``;
all but ``healthy`` are retained, none has a time. An empty text and ``nil`` are unknown. ``location`` is JSON; what
belongs to it, speed, heading and elevation, comes apart, so a position has the last of each that is known. The
position of ``active_route`` is where the car is going. Speed is in km/h, tyre pressure in bar, power in kW.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

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
_IGNORED = frozenset({
    "active_route", "active_route_destination", "active_route_latitude", "active_route_longitude", "display_name",
    "healthy", "latitude", "longitude", "since",
})  # fmt: skip


class TeslaMate(Protocol):
    """Reads the cars of TeslaMate."""

    name = "teslamate"

    def __init__(self, settings: HomeSettings) -> None:
        super().__init__(settings)
        self._positions: dict[str, dict[str, object]] = {}

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
            if key in _IGNORED:
                return NOTHING
            groups: Groups = {}
            if is_given(value) and key in _FIELDS:
                _FIELDS[key].put(value, groups)
            owner = device
            if key.startswith("tpms_pressure_") and _TYRE:
                owner = part_of(device, f"tyre {key.removeprefix('tpms_pressure_')}")
                _TYRE.put(value, groups)
            if key in _OF_A_POSITION and (place := self._position(device, key, message)):
                groups["location"] = place
            original = original_of(key, message)
            return Meaning((reading(self.name, owner, original, received(message), groups),))

        return guarded(device, message, read)

    def _position(self, device: str, key: str, message: Message) -> dict[str, object] | None:
        if len(self._positions) >= MOST_DEVICES:
            self._positions.clear()
        known = self._positions.setdefault(device, {})
        value = value_of(message)
        if message.retained:
            return None
        known[key] = value if is_given(value) else None
        where = known.get("location")
        if not isinstance(where, dict):
            return None
        place = location_of({**where, "altitude": known.get("elevation"), "course": known.get("heading")})
        speed = convert_unit(sentinels.speed(known.get("speed")), KMH_MS)
        if place is not None and speed is not None:
            place["fix_speed_ms"] = speed
        return place


def _nothing(message: Message) -> Meaning:
    return NOTHING
