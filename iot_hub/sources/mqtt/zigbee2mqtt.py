"""Zigbee2MQTT: a device's state as JSON, or a value a topic, under its name; what it is under ``bridge/devices``.

Facts: zigbee2mqtt.io, "MQTT topics and messages"; Koenkk/zigbee2mqtt, lib/extension/publish.ts, bridge.ts,
availability.ts; Koenkk/zigbee-herdsman-converters for names and units. A name may contain slashes; identity is the
IEEE address. ``contact`` is true where it is closed. A device on batteries reports its ``voltage`` in mV, one on the
mains in V; ``bridge/devices`` has the unit. ``last_seen`` is off by default. ``bridge/…``, ``…/set`` and ``…/get``
are no readings; groups repeat what their members report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import msgspec

from iot_hub.sources.bounds import decode_any, decode_object
from iot_hub.sources.fields import Field, Groups, field, inverted
from iot_hub.sources.mqtt.events import guarded, object_of, original_of, parts, received, rejected, text_of, time_of
from iot_hub.sources.mqtt.meaning import (
    NOTHING,
    TAUGHT,
    Availability,
    Description,
    Entity,
    Handler,
    Meaning,
    Message,
    State,
)
from iot_hub.sources.mqtt.protocol import MOST_DEVICES, Protocol
from iot_hub.sources.mqtt.settings import HomeSettings
from iot_hub.values import number, text

_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_MIRED = 1_000_000
_MOST_PLANS = 100
_MOST_BRIDGES = 100
_MV = 100
"""A battery of more than this many volts reports millivolts."""

# What a name means, and the unit in which it is sent where the device has not said.
_NUMBERS: Mapping[str, tuple[str, str]] = {
    "temperature": ("climate.temperature_C", "°C"),
    "local_temperature": ("climate.temperature_C", "°C"),
    "current_heating_setpoint": ("climate.target_temperature_C", "°C"),
    "occupied_heating_setpoint": ("climate.target_temperature_C", "°C"),
    "device_temperature": ("machine.temperature_C", "°C"),
    "cpu_temperature": ("machine.temperature_C", "°C"),
    "dew_point": ("climate.dew_point_C", "°C"),
    "humidity": ("climate.humidity_percent", "%"),
    "soil_moisture": ("climate.soil_moisture_percent", "%"),
    "soil_humidity": ("climate.soil_moisture_percent", "%"),
    "soil_fertility": ("climate.soil_conductivity_uScm", "µS/cm"),
    "pressure": ("climate.pressure_hPa", "hPa"),
    "illuminance": ("climate.illuminance_lx", "lx"),
    "illuminance_lux": ("climate.illuminance_lx", "lx"),
    "pi_heating_demand": ("climate.valve_percent", "%"),
    "valve_position": ("climate.valve_percent", "%"),
    "co2": ("air.co2_ppm", "ppm"),
    "co": ("air.co_ppm", "ppm"),
    "voc_index": ("air.voc_index", "1"),
    "nox_index": ("air.nox_index", "1"),
    "aqi": ("air.quality_index", "1"),
    "pm1": ("air.pm1_ugm3", "µg/m³"),
    "pm25": ("air.pm25_ugm3", "µg/m³"),
    "pm10": ("air.pm10_ugm3", "µg/m³"),
    "hcho": ("air.formaldehyde_ugm3", "mg/m³"),
    "formaldehyd": ("air.formaldehyde_ugm3", "mg/m³"),
    "noise": ("air.sound_dB", "dB"),
    "power": ("energy.power_W", "W"),
    "power_apparent": ("energy.apparent_power_VA", "VA"),
    "power_reactive": ("energy.reactive_power_var", "var"),
    "power_factor": ("energy.power_factor", "1"),
    "current": ("energy.current_A", "A"),
    "energy": ("energy.energy_Wh", "kWh"),
    "consumed_energy": ("energy.energy_Wh", "kWh"),
    "produced_energy": ("energy.exported_Wh", "kWh"),
    "energy_produced": ("energy.exported_Wh", "kWh"),
    "ac_frequency": ("energy.frequency_Hz", "Hz"),
    "volume": ("energy.gas_m3", "m³"),
    "water_consumed": ("water.consumed_L", "m³"),
    "flow": ("water.flow_Lmin", "m³/h"),
    "liquid_level_percent": ("water.level_percent", "%"),
    "wind_speed": ("weather.wind_speed_ms", "m/s"),
    "wind_direction": ("weather.wind_direction", "°"),
    "rain_intensity": ("weather.rain_rate_mmh", "mm/h"),
    "uv_index": ("weather.uv_index", "1"),
    "battery": ("battery.remaining_percent", "%"),
    "linkquality": ("network.link_quality", "1"),
    "position": ("state.position_percent", "%"),
    "target_distance": ("state.distance_m", "m"),
    "power_outage_count": ("machine.restarts", "1"),
}
_TRUTHS: Mapping[str, str] = {
    "battery_low": "battery.low",
    "charging": "battery.charging",
    "charging_status": "battery.charging",
    "occupancy": "motion.detected",
    "motion": "motion.detected",
    "presence": "motion.present",
    "vibration": "motion.vibration",
    "moving": "motion.vibration",
    "tamper": "contact.tampered",
    "window_open": "contact.open",
    "water_leak": "water.leak",
    "smoke": "state.smoke",
    "gas": "state.gas",
    "carbon_monoxide": "state.carbon_monoxide",
    "trouble": "state.problem",
    "running": "state.running",
}
_WORDS: Mapping[str, str] = {
    "system_mode": "state.mode",
    "preset": "state.mode",
    "fan_mode": "state.mode",
    "running_state": "state.activity",
}
_LEFT_OUT = frozenset({"device", "last_seen", "elapsed", "update", "update_available", "color", "color_mode"})
# The endpoints of what has several (zigbee2mqtt.io: "Endpoints").
_ENDPOINT = re.compile(r"(.+)_(l\d+|\d+|left|right|center|top|bottom|both|top_left|top_right|bottom_left|bottom_right"
                       r"|phase_[abc]|ch\d+|in|out|usb\d*)$")  # fmt: skip
_STATES: Mapping[str, State] = {"online": "online", "offline": "offline"}


def _fraction(most: float) -> Field:
    def read(value: object) -> float | None:
        found = number(value)
        return None if found is None or not 0 <= found <= most else round(100 * found / most, 1)

    return Field("light", "brightness_percent", read)


def _kelvin(value: object) -> float | None:
    found = number(value)
    return None if found is None or not 50 <= found <= 1000 else round(_MIRED / found)


_FIELDS: dict[str, Field] = {
    **{name: found for name, (path, unit) in _NUMBERS.items() if (found := field(path, unit))},
    **{name: found for name, path in {**_TRUTHS, **_WORDS}.items() if (found := field(path))},
    "contact": inverted("contact.open"),
    "brightness": _fraction(254),
    "color_temp": Field("light", "colour_temperature_K", _kelvin),
}
_SAID: Mapping[str, tuple[str, str, bool]] = {
    "ON": ("state", "on", True),
    "OFF": ("state", "on", False),
    "OPEN": ("contact", "open", True),
    "CLOSE": ("contact", "open", False),
    "CLOSED": ("contact", "open", False),
    "LOCK": ("state", "locked", True),
    "LOCKED": ("state", "locked", True),
    "UNLOCK": ("state", "locked", False),
    "UNLOCKED": ("state", "locked", False),
}


class Device(msgspec.Struct):
    """A device of ``bridge/devices``: its address, and the units in which it reports what it does."""

    address: str
    label: str
    is_on_battery: bool = False
    units: dict[str, str] = {}


class Knowledge(msgspec.Struct):
    """What the bridges have said: by base topic, the devices by name."""

    bases: dict[str, dict[str, Device]] = {}
    groups: dict[str, list[str]] = {}
    objects: dict[str, bool] = {}
    """The topics on which a state came as an object: what comes beside it, a value a topic, says the same."""


Values = tuple[tuple[str, str, Callable[[object], object]], ...]
"""Values of a group: the key in the group, the name in the message, and how it is read."""


class _Plan(msgspec.Struct, frozen=True):
    """How a state with certain names is read: what each of them is, is asked once for all messages that have them."""

    groups: tuple[tuple[str, Values], ...]
    others: tuple[tuple[str, str, Field], ...]
    """Names of parts, and those that decide by their value what they are: part, name, field."""


class _Named(msgspec.Struct, frozen=True):
    """What a name stands for, and how what it reports is read."""

    device: str
    is_provisional: bool
    units: dict[str, str]
    plans: dict[tuple[str, ...], _Plan]
    is_on_battery: bool


def _named(device: Device) -> _Named:
    return _Named(device.address, False, device.units, {}, device.is_on_battery)


class Zigbee2Mqtt(Protocol):
    """Reads all bridges of a home."""

    name = "zigbee2mqtt"

    def __init__(self, settings: HomeSettings) -> None:
        super().__init__(settings)
        self._known = Knowledge({base: {} for base in settings.zigbee2mqtt_topics})

    def knowledge(self) -> Knowledge:
        """Return the devices of each bridge."""
        return self._known

    def restore(self, knowledge: bytes) -> None:
        """Restore devices."""
        self._known = msgspec.json.decode(knowledge, type=Knowledge)
        for base in self.settings.zigbee2mqtt_topics:
            self._known.bases.setdefault(base, {})

    def route(self, topic: str) -> Handler | None:
        """Return the reader of a topic under a bridge's base topic."""
        base = next((each for each in self._known.bases if topic.startswith(each + "/")), None)
        if base is None:
            head, bridge, rest = topic.partition("/bridge/")
            if not bridge or rest not in ("devices", "info", "groups") or len(self._known.bases) >= _MOST_BRIDGES:
                return None
            self._known.bases[head] = {}
            base = head
        name = topic[len(base) + 1 :]
        if name.startswith("bridge/"):
            handlers = {"bridge/devices": self._devices, "bridge/groups": self._groups, "bridge/state": self._bridge}
            handler = handlers.get(name)
            return partial(handler, base) if handler else _nothing
        if name.endswith(("/set", "/get")) or "/set/" in name or "/get/" in name:
            return _nothing
        if name in self._known.groups.get(base, ()):
            return _nothing
        devices = self._known.bases[base]
        if name.endswith("/availability"):
            return partial(self._availability, base, name.removesuffix("/availability"))
        if name in devices or "/" not in name:
            return partial(self._state, base, name, self._named(base, name))
        owner, _, attribute = name.rpartition("/")
        if owner in devices:
            return partial(self._attribute, base, owner, attribute)
        return partial(self._state_or_attribute, base, name)

    def address_of(self, base: str, name: str) -> tuple[str, bool]:
        """Return the identity of a device by its name, and whether it is provisional."""
        found = self._known.bases.get(base, {}).get(name)
        return (found.address, False) if found else (f"{base}/{name}", True)

    def learn(self, topic: str, address: str) -> bool:
        """Learn a device's address from what describes it elsewhere; return whether it is new."""
        base = next((each for each in self._known.bases if topic.startswith(each + "/")), None)
        if base is None:
            return False
        name = topic[len(base) + 1 :]
        devices = self._known.bases[base]
        if name in devices or not name or len(devices) >= MOST_DEVICES:
            return False
        devices[name] = Device(address, name)
        return True

    def _state_or_attribute(self, base: str, name: str, message: Message) -> Meaning:
        if message.payload[:1] == b"{":
            return self._state(base, name, self._named(base, name), message)
        owner, _, attribute = name.rpartition("/")
        return self._attribute(base, owner, attribute, message)

    def _named(self, base: str, name: str) -> _Named:
        """Return what is known of a device by its name; its routes end when more is known."""
        device = self._known.bases[base].get(name)
        return _Named(f"{base}/{name}", True, {}, {}, False) if device is None else _named(device)

    def _state(self, base: str, name: str, named: _Named, message: Message) -> Meaning:
        if not message.payload:
            return NOTHING
        if not named.plans:
            self._remember(f"{base}/{name}")
        try:
            state, original = object_of(message)
            described: tuple[Description, ...] = ()
            if "device" in state and self._learn_of(base, name, state["device"]):
                named = self._named(base, name)
                described = (Description(named.device, self.name, name, aliases=(f"{base}/{name}",)),)
            groups, of_parts = _groups_of(named, state)
            moment = time_of(state.get("last_seen"), message)
            readings = parts(
                self.name, named.device, original, moment, groups, of_parts, is_provisional=named.is_provisional
            )
        except (RecursionError, ValueError) as error:  # What msgspec raises is a ValueError too.
            return rejected(named.device, message, error)
        return Meaning(readings, described, has_taught=described != ())

    def _remember(self, topic: str) -> None:
        known = self._known.objects
        if topic not in known and len(known) < MOST_DEVICES:
            known[topic] = True

    def _learn_of(self, base: str, name: str, said: object) -> bool:
        """Learn an address from the state itself, where the bridge is set to include it."""
        address = text(said.get("ieeeAddr")) if isinstance(said, dict) else None
        return address is not None and self.learn(f"{base}/{name}", address)

    def _attribute(self, base: str, name: str, attribute: str, message: Message) -> Meaning:
        # The bridge sends the object first, where it sends both.
        if not message.payload or f"{base}/{name}" in self._known.objects:
            return NOTHING
        named = self._named(base, name)

        def read() -> Meaning:
            value = text_of(message)
            groups, of_parts = _groups_of(named, {attribute: value})
            moment = time_of(value, message) if attribute == "last_seen" else received(message)
            original, is_provisional = original_of(attribute, message), named.is_provisional
            return Meaning(
                parts(self.name, named.device, original, moment, groups, of_parts, is_provisional=is_provisional)
            )

        return guarded(named.device, message, read)

    def _availability(self, base: str, name: str, message: Message) -> Meaning:
        device, _ = self.address_of(base, name)
        return Meaning(availability=(Availability(device, state_word(message)),))

    def _bridge(self, base: str, message: Message) -> Meaning:
        # Without its bridge, nobody knows whether a device can be reached.
        if state_word(message) != "offline":
            return NOTHING
        return Meaning(
            availability=tuple(Availability(each.address, "unknown") for each in self._known.bases[base].values())
        )

    def _groups(self, base: str, message: Message) -> Meaning:
        names = [name for each in _listed(message) if (name := text(each.get("friendly_name")))]
        if names == self._known.groups.get(base, []):
            return NOTHING
        self._known.groups[base] = names
        return TAUGHT

    def _devices(self, base: str, message: Message) -> Meaning:
        before = self._known.bases[base]
        devices: dict[str, Device] = {}
        described = []
        for each in _listed(message):
            address, label = text(each.get("ieee_address")), text(each.get("friendly_name"))
            if address is None or label is None or each.get("type") == "Coordinator":
                continue
            definition = each.get("definition")
            definition = definition if isinstance(definition, dict) else {}
            entities = tuple(_entities(definition.get("exposes")))
            devices[label] = Device(
                address,
                label,
                each.get("power_source") == "Battery",
                {entity.name: entity.unit for entity in entities if entity.unit},
            )
            described.append(
                Description(
                    address,
                    self.name,
                    label,
                    text(definition.get("vendor")) or text(each.get("manufacturer")),
                    text(definition.get("model")) or text(each.get("model_id")),
                    aliases=(f"{base}/{label}",),
                    entities=entities,
                )
            )
        if not described and not message.payload.strip().startswith(b"["):
            return NOTHING
        kept = {each.address for each in devices.values()}
        removed = tuple(
            Description(each.address, self.name, each.label, is_removed=True)
            for each in before.values()
            if each.address not in kept
        )
        self._known.bases[base] = devices
        return Meaning(descriptions=(*described, *removed), has_taught=devices != before)


def _groups_of(named: _Named, state: Mapping[str, Any]) -> tuple[Groups, dict[str, tuple[Any, Groups]]]:
    """Return the values of a state, and those of each endpoint."""
    names = tuple(state)
    plan = named.plans.get(names) or _plan(named, names)
    groups: Groups = {}
    for group, values in plan.groups:
        inner: dict[str, object] = {}
        for key, name, read in values:
            found = read(state[name])
            if found is not None:
                inner[key] = found
        if inner:
            groups[group] = inner
    of_parts: dict[str, tuple[Any, Groups]] = {}
    for part, name, field_ in plan.others:
        if part:
            block, of_part = of_parts.setdefault(part, ({}, {}))
            block[name] = state[name]
            field_.put(state[name], of_part)
        else:
            field_.put(state[name], groups)
    if "voltage" in state:
        _put_voltage(state["voltage"], named.units.get("voltage"), "battery" in state or named.is_on_battery, groups)
    return groups, of_parts


def _plan(named: _Named, names: tuple[str, ...]) -> _Plan:
    if len(named.plans) >= _MOST_PLANS:
        named.plans.clear()
    values: dict[str, list[tuple[str, str, Callable[[object], object]]]] = {}
    others = []
    for name in names:
        found = None if name in _LEFT_OUT else _field_of(name, named.units.get(name, ""))
        if found is not None and not found[0] and type(found[1]) is Field:
            values.setdefault(found[1].group, []).append((found[1].key, name, found[1].read))
        elif found is not None:
            others.append((found[0], name, found[1]))
    plan = _Plan(tuple((group, tuple(each)) for group, each in values.items()), tuple(others))
    named.plans[names] = plan
    return plan


def state_word(message: Message) -> State:
    """Return the state of an availability topic: a word, or an object with one; unknown where it is empty."""
    try:
        payload = decode_any(message.payload) if message.payload[:1] == b"{" else message.payload.decode()
    except (ValueError, RecursionError):
        return "unknown"
    word = payload.get("state") if isinstance(payload, dict) else payload
    return _STATES.get(word.strip().lower() if isinstance(word, str) else "", "unknown")


def _nothing(message: Message) -> Meaning:
    return NOTHING


def _listed(message: Message) -> Iterable[dict[str, Any]]:
    """Yield the objects of an array, one after the other: all of a large home at once would be too many."""
    try:
        items = _array(message.payload)
    except (ValueError, RecursionError):
        return
    for each in items:
        try:
            yield decode_object(each)
        except (ValueError, RecursionError):
            continue


def _entities(exposes: object, depth: int = 0) -> Iterable[Entity]:
    """Yield what a device exposes: lights, switches and climates have their values in ``features``."""
    if not isinstance(exposes, list) or depth > 4:
        return
    for each in exposes:
        if not isinstance(each, dict):
            continue
        if isinstance(each.get("features"), list) and each.get("type") != "composite":
            yield from _entities(each["features"], depth + 1)
        elif name := text(each.get("property")):
            unit = text(each.get("unit")) or ""
            found = _field_of(name, unit)
            yield Entity(name, unit, path=f"{found[1].group}.{found[1].key}" if found else "")


def _field_of(name: str, unit: str) -> tuple[str, Field] | None:
    """Return the part of the device that a name is of, and how it is read; a unit that the device has said decides."""
    if found := _whole_field(name, unit):
        return "", found
    endpoint = _ENDPOINT.fullmatch(name)
    if endpoint and endpoint[1] == "voltage":
        found = field("energy.voltage_V", unit)
        return (endpoint[2], found) if found else None
    found = _whole_field(endpoint[1], unit) if endpoint else None
    return (endpoint[2], found) if endpoint and found else None


def _whole_field(name: str, unit: str) -> Field | None:
    if name == "voc":
        return field("air.voc_ugm3" if "g/m" in unit else "air.tvoc_ppb", unit)
    if name in ("state", "lock_state"):
        return _STATE
    if name == "action":
        return _ACTION
    if name in _NUMBERS and unit:
        return field(_NUMBERS[name][0], unit)
    return _FIELDS.get(name)


class _StateField(Field, frozen=True):
    def put(self, value: object, groups: Groups) -> None:
        """Add what a state of any kind says: a switch is on, a cover open, a lock locked."""
        said = (_SAID.get(value) or _SAID.get(value.upper())) if isinstance(value, str) else None
        if said:
            group, key, found = said
            groups.setdefault(group, {})[key] = found


class _ActionField(Field, frozen=True):
    def put(self, value: object, groups: Groups) -> None:
        """Add what was pressed or turned; nothing, in old versions, says that it is over."""
        if name := text(value):
            groups["event"] = {"type": "action", "name": name}


_VOLTS = {group: field(f"{group}.voltage_V") for group in ("battery", "energy")}
_STATE = _StateField("state", "on", text)
_ACTION = _ActionField("event", "name", text)


def _put_voltage(value: object, unit: str | None, is_on_battery: object, groups: Groups) -> None:
    found = number(value)
    if found is None:
        return
    if unit is None:
        unit = "mV" if (is_on_battery and found > _MV) or found >= 1000 else "V"
        is_on_battery = is_on_battery or unit == "mV"
    group = "battery" if is_on_battery else "energy"
    read = _VOLTS[group] if unit == "V" else field(f"{group}.voltage_V", unit)
    if read:
        read.put(found, groups)
