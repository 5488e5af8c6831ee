"""Home Assistant's discovery: devices say under ``PREFIX/COMPONENT/…/config`` where their values are, and what.

Facts: home-assistant.io, "MQTT: discovery"; home-assistant/core, components/mqtt/abbreviations.py and the schema of
each component. Keys may be abbreviated, ``~`` stands for the base topic at either end of a topic, an empty payload
deletes. The device form (``PREFIX/device/ID/config``) lists its components under ``cmps``; one with nothing but ``p``
is deleted. An entity has a state topic, and a template that says where in the payload its value stands. Identity is
the device's MAC, else its first identifier, else the entity's ``unique_id``. Topics that a protocol of its own reads
are left to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Literal

import msgspec

from iot_hub.sources.bounds import decode_any
from iot_hub.sources.canonical import make_location
from iot_hub.sources.mqtt.addresses import mac_of
from iot_hub.sources.mqtt.classes import binary_field, number_field, sensor_field, truth_field
from iot_hub.sources.mqtt.events import guarded, object_of, original_of, reading, received, text_of
from iot_hub.sources.mqtt.fields import Field, Groups, field, word
from iot_hub.sources.mqtt.meaning import (
    NOTHING,
    Availability,
    Description,
    Entity,
    Handler,
    Meaning,
    Message,
    State,
    part_of,
)
from iot_hub.sources.mqtt.places import Places
from iot_hub.sources.mqtt.protocol import Protocol
from iot_hub.sources.mqtt.settings import HomeSettings
from iot_hub.sources.mqtt.template import TemplateError, compile_template
from iot_hub.values import is_given, number, text

_LONG: Mapping[str, str] = {
    "act_t": "action_topic",
    "act_tpl": "action_template",
    "avty": "availability",
    "avty_mode": "availability_mode",
    "avty_t": "availability_topic",
    "avty_tpl": "availability_template",
    "bri_stat_t": "brightness_state_topic",
    "bri_scl": "brightness_scale",
    "bri_val_tpl": "brightness_value_template",
    "cmps": "components",
    "curr_hum_t": "current_humidity_topic",
    "curr_hum_tpl": "current_humidity_template",
    "curr_temp_t": "current_temperature_topic",
    "curr_temp_tpl": "current_temperature_template",
    "dev": "device",
    "dev_cla": "device_class",
    "ent_cat": "entity_category",
    "json_attr": "json_attributes_topic",
    "json_attr_t": "json_attributes_topic",
    "json_attr_tpl": "json_attributes_template",
    "mode_stat_t": "mode_state_topic",
    "mode_stat_tpl": "mode_state_template",
    "obj_id": "object_id",
    "def_ent_id": "default_entity_id",
    "p": "platform",
    "pl": "payload",
    "pl_avail": "payload_available",
    "pl_home": "payload_home",
    "pl_not_avail": "payload_not_available",
    "pl_not_home": "payload_not_home",
    "pl_off": "payload_off",
    "pl_on": "payload_on",
    "pl_rst": "payload_reset",
    "pos_t": "position_topic",
    "pos_tpl": "position_template",
    "schema": "schema",
    "stat_clsd": "state_closed",
    "stat_locked": "state_locked",
    "stat_off": "state_off",
    "stat_on": "state_on",
    "stat_open": "state_open",
    "stat_t": "state_topic",
    "stat_tpl": "state_template",
    "stat_unlocked": "state_unlocked",
    "stat_val_tpl": "state_value_template",
    "stype": "subtype",
    "t": "topic",
    "temp_stat_t": "temperature_state_topic",
    "temp_stat_tpl": "temperature_state_template",
    "temp_unit": "temperature_unit",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}
_LONG_DEVICE: Mapping[str, str] = {
    "cns": "connections",
    "ids": "identifiers",
    "mdl": "model",
    "mdl_id": "model_id",
    "mf": "manufacturer",
    "sa": "suggested_area",
    "sn": "serial_number",
    "sw": "sw_version",
}
_ZIGBEE = re.compile(r"zigbee2mqtt(?:_bridge)?_(0x[0-9a-fA-F]{16})")
_ESPHOME = re.compile(
    r"(?P<node>.+)/(?:sensor|binary_sensor|switch|light|fan|cover|climate|lock|number|text_sensor)/[^/]+/state"
)
_SWITCHES = frozenset({"switch", "fan", "siren", "humidifier"})
_MOST_ENTITIES = 20_000
"""Entities that are known at once. A large home has some thousands; more are of somebody who writes configurations."""

Kind = Literal["number", "binary", "lock", "cover", "brightness", "tracker", "word", "attributes", "event"]


class Slot(msgspec.Struct, frozen=True):
    """Where a value of an entity stands, and what it means."""

    topic: str
    kind: Kind
    path: str = ""
    template: str = ""
    unit: str = ""
    device_class: str = ""
    words: dict[str, str] = {}
    """What the states are called that have a meaning: ``on``, ``off``, ``home`` …"""


class Source(msgspec.Struct, frozen=True):
    """Where an entity's availability stands."""

    topic: str
    template: str = ""
    online: str = "online"
    offline: str = "offline"


class Configured(msgspec.Struct, frozen=True):
    """An entity, as its configuration describes it."""

    device: str
    name: str
    slots: tuple[Slot, ...]
    availability: tuple[Source, ...] = ()
    mode: str = "latest"
    label: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    area: str | None = None
    origin: str = ""


class Knowledge(msgspec.Struct):
    """The entities by their configurations' topics, and by their keys in it."""

    entities: dict[str, dict[str, Configured]] = {}


class Discovery(Protocol):
    """Reads whatever is described for Home Assistant and has no protocol of its own here."""

    name = "discovery"

    def __init__(
        self,
        settings: HomeSettings,
        is_native: Callable[[str], bool],
        learn_address: Callable[[str, str], bool],
    ) -> None:
        super().__init__(settings)
        self._is_native = is_native
        self._learn_address = learn_address
        self._known = Knowledge()
        self._index()

    def knowledge(self) -> Knowledge:
        """Return the entities."""
        return self._known

    def restore(self, knowledge: bytes) -> None:
        """Take over entities."""
        self._known = msgspec.json.decode(knowledge, type=Knowledge)
        self._index()

    def route(self, topic: str) -> Handler | None:
        """Return the reader of a configuration, or of a topic that one has named."""
        if topic.endswith("/config") and topic.partition("/")[0] in self.settings.discovery_topics:
            return self._config
        if any(topic == f"{prefix}/status" for prefix in self.settings.discovery_topics):
            return _nothing
        slots, sources = self._slots.get(topic), self._sources.get(topic)
        if slots and sources:
            return partial(self._both, slots, sources)
        if slots:
            return partial(self._values, slots)
        return partial(self._availability, sources) if sources else None

    def node_device(self, node: str) -> str | None:
        """Return the device whose topics begin as an ESPHome node's do."""
        return self._nodes.get(node)

    def _index(self) -> None:
        """Order what is known by topic."""
        self._slots: dict[str, list[tuple[str, Configured, Slot]]] = {}
        self._sources: dict[str, list[tuple[Configured, Source]]] = {}
        self._nodes: dict[str, str] = {}
        self.places = Places()
        self._states: dict[str, dict[str, State]] = {}
        for topic, entities in self._known.entities.items():
            for key, entity in entities.items():
                self._add(topic, key, entity)

    def _add(self, topic: str, key: str, entity: Configured) -> None:
        for slot in entity.slots:
            self._slots.setdefault(slot.topic, []).append((entity.name, entity, slot))
            if slot.path:
                self.places.add(entity.device, slot.path, entity.name)
            if (node := _ESPHOME.fullmatch(slot.topic)) and entity.origin in ("", "esphome"):
                self._nodes[node["node"]] = entity.device
        for source in entity.availability:
            self._sources.setdefault(source.topic, []).append((entity, source))

    def _config(self, message: Message) -> Meaning:
        topic = message.topic
        before = self._known.entities.get(topic, {})
        if not message.payload:
            if not self._known.entities.pop(topic, None):
                return NOTHING
            self._index()
            gone = {each.device for each in before.values()} - self._devices()
            return Meaning(
                descriptions=tuple(Description(device, self.name, is_removed=True) for device in sorted(gone)),
                has_taught=True,
            )
        try:
            config, _ = object_of(message)
        except (ValueError, RecursionError):
            return NOTHING
        found = {key: entity for key, entity in _entities_of(topic, config) if entity is not None}
        native = {key: each for key, each in found.items() if any(self._is_native(slot.topic) for slot in each.slots)}
        taught = False
        for entity in native.values():
            if entity.device.startswith("0x"):
                taught |= any([self._learn_address(slot.topic, entity.device) for slot in entity.slots])
        found = {key: entity for key, entity in found.items() if key not in native}
        # Of what another protocol reads, the address is known, or nothing that its readings would be known by.
        described = [each for each in native.values() if each.device.startswith("0x") or mac_of(each.device)]
        if found == before:
            return Meaning(descriptions=tuple(_descriptions(described)), has_taught=taught)
        if len(self._known.entities) >= _MOST_ENTITIES and topic not in self._known.entities:
            return NOTHING
        if found:
            self._known.entities[topic] = found
        else:
            self._known.entities.pop(topic, None)
        self._index()
        mine = {each.device for each in found.values()}
        entities = (each for known in self._known.entities.values() for each in known.values() if each.device in mine)
        return Meaning(descriptions=tuple(_descriptions([*entities, *described])), has_taught=True)

    def _devices(self) -> set[str]:
        return {each.device for known in self._known.entities.values() for each in known.values()}

    def _both(
        self,
        slots: list[tuple[str, Configured, Slot]],
        sources: list[tuple[Configured, Source]],
        message: Message,
    ) -> Meaning:
        values, availability = self._values(slots, message), self._availability(sources, message)
        return Meaning(values.readings, availability=availability.availability)

    def _values(self, slots: list[tuple[str, Configured, Slot]], message: Message) -> Meaning:
        if not message.payload:
            return NOTHING
        first = slots[0][1]

        def read() -> Meaning:
            value = text_of(message)
            value_json = _json_of(message)
            groups: dict[str, Groups] = {}
            for name, entity, slot in slots:
                found = self._read(slot, value, value_json)
                part = self.places.part(entity.device, slot.path, name) if slot.path else ""
                of_device = groups.setdefault(entity.device, {})
                if part is None or found is None:
                    continue
                target = groups.setdefault(part_of(entity.device, part), {}) if part else of_device
                for group, values in found.items():
                    target.setdefault(group, {}).update(values)
            original = message.payload if isinstance(value_json, dict) else original_of(message.topic, message)
            source = "esphome" if first.origin == "esphome" or _ESPHOME.fullmatch(message.topic) else self.name
            moment = received(message)
            parts = {device for device in groups if "#" in device}
            # What has parts alone has its message with them.
            owners = {
                device
                for device, found in groups.items()
                if found or not any(p.startswith(device + "#") for p in parts)
            }
            return Meaning(
                tuple(
                    reading(source, device, original, moment, groups[device]) for device in groups if device in owners
                )
            )

        return guarded(first.device, message, read)

    def _read(self, slot: Slot, value: str, value_json: Any) -> Groups | None:  # noqa: ANN401
        try:
            found = compile_template(slot.template)(value, value_json) if slot.template else value
        except (TemplateError, RecursionError):
            return None
        groups: Groups = {}
        if slot.kind == "attributes":
            attributes = found if isinstance(found, dict) else value_json
            if isinstance(attributes, dict) and (place := location_of(attributes)):
                groups["location"] = place
            return groups
        if not is_given(found):
            return None
        if slot.kind == "binary":
            state = _two_states(found, slot.words)
            if state is not None:
                truth_field(slot.path, slot.device_class).put(state, groups)
        elif slot.kind == "number":
            if slot.path and (chosen := number_field(slot.path, slot.unit)):
                chosen.put(found, groups)
        elif slot.kind == "event":
            if event := _event_name(found, value_json, slot.words):
                groups["event"] = {"type": "action", "name": event}
        else:
            _put_word(slot, found, groups)
        return groups

    def _availability(self, sources: list[tuple[Configured, Source]], message: Message) -> Meaning:
        found: dict[str, State] = {}
        for entity, source in sources:
            state = _availability_of(source, message)
            if len(entity.availability) > 1 and entity.mode != "latest":
                states = self._states.setdefault(entity.device, {})
                states[source.topic] = state
                known = [states.get(each.topic, "unknown") for each in entity.availability]
                state = _combined(known, entity.mode)
            # Of several entities, one that can be reached is enough.
            if found.get(entity.device) != "online":
                found[entity.device] = state
        return Meaning(availability=tuple(Availability(device, state) for device, state in found.items()))


def _combined(states: list[State], mode: str) -> State:
    if "unknown" in states and not (mode == "any" and "online" in states):
        return "unknown"
    is_online = any(each == "online" for each in states) if mode == "any" else all(each == "online" for each in states)
    return "online" if is_online else "offline"


def _availability_of(source: Source, message: Message) -> State:
    try:
        value = text_of(message)
        found = compile_template(source.template)(value, _json_of(message)) if source.template else value
    except (ValueError, RecursionError):
        return "unknown"
    state = str(found).strip()
    return "online" if state == source.online else "offline" if state == source.offline else "unknown"


def _json_of(message: Message) -> Any:  # noqa: ANN401
    try:
        return decode_any(message.payload)
    except (ValueError, RecursionError):
        return None


def _nothing(message: Message) -> Meaning:
    return NOTHING


def location_of(attributes: Mapping[str, Any]) -> dict[str, object] | None:
    """Return the position among a tracker's attributes. Raises NotStorableError for one that can't be read."""
    found = make_location(
        attributes.get("latitude"),
        attributes.get("longitude"),
        altitude_m=number(attributes.get("altitude")),
        fix_accuracy_m=_positive(attributes.get("gps_accuracy")),
        bearing=number(attributes.get("course")),
    )
    return {key: each for key, each in msgspec.structs.asdict(found).items() if each is not None} if found else None


def _positive(value: object) -> float | None:
    found = number(value)
    return found if found is not None and found > 0 else None


def _event_name(value: object, value_json: object, words: Mapping[str, str]) -> str | None:
    """Return what has happened: an event entity's type, or what a trigger's payload stands for."""
    if "payload" in words:
        return words["name"] if str(value) == words["payload"] else None
    whole = value if isinstance(value, dict) else value_json
    return text(whole.get("event_type")) if isinstance(whole, dict) else text(value)


def _two_states(value: object, words: Mapping[str, str]) -> bool | None:
    if isinstance(value, dict):
        value = value.get("state")
    if isinstance(value, bool):
        value = "ON" if value else "OFF"
    state = str(value).strip()
    return True if state == words.get("on", "ON") else False if state == words.get("off", "OFF") else None


def _put_word(slot: Slot, value: object, groups: Groups) -> None:
    state = word(str(value).strip())
    if state is None:
        return
    if slot.kind == "lock":
        locked = {slot.words["locked"]: True, slot.words["unlocked"]: False}.get(state)
        if locked is not None:
            groups["state"] = {"locked": locked}
    elif slot.kind == "cover":
        is_open = {slot.words["open"]: True, slot.words["closed"]: False}.get(state)
        if is_open is not None:
            groups["contact"] = {"open": is_open}
    elif slot.kind == "tracker":
        groups["state"] = {
            "presence": {slot.words["home"]: "home", slot.words["not_home"]: "not_home"}.get(state, state)
        }
    elif slot.kind == "brightness":
        found, most = number(state), number(slot.words["most"])
        if found is not None and most and 0 <= found <= most:
            groups["light"] = {"brightness_percent": round(100 * found / most, 1)}
    elif slot.path:
        read: Field | None = field(slot.path, slot.unit)
        if read:
            read.put(state, groups)


def _descriptions(entities: Iterable[Configured]) -> Iterable[Description]:
    """Yield a description for each device of some entities."""
    by_device: dict[str, list[Configured]] = {}
    for each in entities:
        by_device.setdefault(each.device, []).append(each)
    for device, found in by_device.items():
        first = found[0]
        yield Description(
            device,
            "esphome" if any(each.origin == "esphome" for each in found) else "discovery",
            first.label,
            first.manufacturer,
            first.model,
            next((each.area for each in found if each.area), None),
            entities=tuple(
                Entity(each.name, slot.unit, slot.device_class, slot.path) for each in found for slot in each.slots
            ),
        )


def _long(config: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in config.items()}


def _with_base(config: dict[str, Any]) -> dict[str, Any]:
    base = config.pop("~", None)
    if not isinstance(base, str):
        return config

    def full(key: str, value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, str) and (key == "topic" or key.endswith("_topic")):
            value = base + value[1:] if value.startswith("~") else value
            return value[:-1] + base if value.endswith("~") else value
        if key == "availability" and isinstance(value, list):
            return [
                {inner: full(_LONG.get(inner, inner), each) for inner, each in one.items()}
                if isinstance(one, dict)
                else one
                for one in value
            ]
        return value

    return {key: full(key, value) for key, value in config.items()}


def _entities_of(topic: str, config: Mapping[str, Any]) -> Iterable[tuple[str, Configured | None]]:
    """Yield the entities of a configuration by their keys in it."""
    levels = topic.split("/")
    if len(levels) < 3:
        return
    shared = _long(config, _LONG)
    if levels[1] != "device":
        yield "", _entity(levels[1], levels[-2], _with_base(shared))
        return
    components = shared.pop("components", None)
    for key, component in components.items() if isinstance(components, dict) else ():
        if isinstance(component, dict):
            own = _long(component, _LONG)
            if set(own) > {"platform"}:
                yield key, _entity(str(own.get("platform")), key, _with_base({**shared, **own}))


def _entity(component: str, object_id: str, config: Mapping[str, Any]) -> Configured | None:
    device = config.get("device")
    device = _long(device, _LONG_DEVICE) if isinstance(device, dict) else {}
    unique, name = text(config.get("unique_id")), text(config.get("name"))
    identity = _identity(device) or (f"discovery/{unique or object_id}" if unique or object_id else None)
    if identity is None:
        return None
    # A unique name among the device's entities: what is shown is for people.
    key = object_id if not unique or component == "device_automation" else _short(unique, object_id)
    slots = tuple(_slots(component, f"{name or ''} {object_id}", config))
    origin = "esphome" if "ESPHome" in str(device.get("sw_version", "")) or str(unique).startswith("ESP") else ""
    return Configured(
        identity,
        key,
        slots,
        tuple(_sources(config)),
        text(config.get("availability_mode")) or "latest",
        text(device.get("name")) or name or object_id,
        text(device.get("manufacturer")),
        text(device.get("model")),
        text(device.get("suggested_area")),
        origin,
    )


def _short(unique: str, object_id: str) -> str:
    return object_id if object_id in unique else unique


def _identity(device: Mapping[str, Any]) -> str | None:
    connections = device.get("connections")
    for each in connections if isinstance(connections, list) else ():
        if isinstance(each, list) and len(each) == 2 and each[0] in ("mac", "bluetooth") and (mac := mac_of(each[1])):
            return mac
    identifiers = device.get("identifiers")
    known = [text(each) for each in (identifiers if isinstance(identifiers, list) else [identifiers])]
    first = next((each for each in known if each), None)
    if first is None:
        return None
    zigbee = _ZIGBEE.fullmatch(first)
    return zigbee[1] if zigbee else mac_of(first) or f"discovery/{first}"


def _sources(config: Mapping[str, Any]) -> Iterable[Source]:
    online = text(config.get("payload_available")) or "online"
    offline = text(config.get("payload_not_available")) or "offline"
    listed = config.get("availability")
    for each in listed if isinstance(listed, list) else [listed] if isinstance(listed, dict) else []:
        one = _long(each, _LONG) if isinstance(each, dict) else {}
        if topic := text(one.get("topic")):
            yield Source(
                topic,
                text(one.get("value_template")) or "",
                text(one.get("payload_available")) or online,
                text(one.get("payload_not_available")) or offline,
            )
    if topic := text(config.get("availability_topic")):
        yield Source(topic, text(config.get("availability_template")) or "", online, offline)


def _slots(component: str, name: str, config: Mapping[str, Any]) -> Iterable[Slot]:
    def at(topic: str, template: str) -> tuple[str, str] | None:
        found = text(config.get(topic))
        return (
            (
                found,
                text(config.get(template))
                or text(config.get("value_template") if topic == "state_topic" else None)
                or "",
            )
            if found
            else None
        )

    def words(**defaults: str) -> dict[str, str]:
        # A number among them is written as text would be.
        return {key: str(config.get(key, default)) for key, default in defaults.items()}

    device_class, unit = text(config.get("device_class")) or "", text(config.get("unit_of_measurement")) or ""
    is_diagnostic = config.get("entity_category") == "diagnostic"
    state = at("state_topic", "state_value_template" if component == "light" else "value_template")
    if component in ("sensor", "number") and state:
        target = sensor_field(device_class, unit, name, is_diagnostic=is_diagnostic)
        yield Slot(state[0], "number", target[0] if target else "", state[1], unit, device_class)
    elif component == "binary_sensor" and state:
        path, _ = binary_field(device_class, name)
        two = words(payload_on="ON", payload_off="OFF")
        yield Slot(
            state[0],
            "binary",
            path,
            state[1],
            device_class=device_class,
            words={"on": two["payload_on"], "off": two["payload_off"]},
        )
    elif component in (*_SWITCHES, "light") and state:
        on = str(config.get("state_on", config.get("payload_on", "ON")))
        off = str(config.get("state_off", config.get("payload_off", "OFF")))
        path = "light.on" if component == "light" else "state.on"
        template = state[1] or ("{{ value_json.state }}" if config.get("schema") == "json" else "")
        yield Slot(state[0], "binary", path, template, words={"on": on, "off": off})
        most = {"most": str(config.get("brightness_scale", 255))}
        if config.get("schema") == "json":
            yield Slot(state[0], "brightness", "light.brightness_percent", "{{ value_json.brightness }}", words=most)
        elif brightness := at("brightness_state_topic", "brightness_value_template"):
            yield Slot(brightness[0], "brightness", "light.brightness_percent", brightness[1], words=most)
    elif component == "lock" and state:
        both = words(state_locked="LOCKED", state_unlocked="UNLOCKED")
        yield Slot(
            state[0],
            "lock",
            "state.locked",
            state[1],
            words={"locked": both["state_locked"], "unlocked": both["state_unlocked"]},
        )
    elif component in ("cover", "valve"):
        if state:
            both = words(state_open="open", state_closed="closed")
            yield Slot(
                state[0],
                "cover",
                "contact.open",
                state[1],
                words={"open": both["state_open"], "closed": both["state_closed"]},
            )
        if position := at("position_topic", "position_template"):
            yield Slot(position[0], "word", "state.position_percent", position[1], "%")
    elif component == "device_tracker":
        if state:
            both = words(payload_home="home", payload_not_home="not_home")
            yield Slot(
                state[0],
                "tracker",
                "state.presence",
                state[1],
                words={"home": both["payload_home"], "not_home": both["payload_not_home"]},
            )
        if attributes := at("json_attributes_topic", "json_attributes_template"):
            yield Slot(attributes[0], "attributes", "location.latitude", attributes[1])
    elif component == "climate":
        degrees = "°F" if config.get("temperature_unit") == "F" else "°C"
        for topic, template, path, its_unit in (
            ("current_temperature_topic", "current_temperature_template", "climate.temperature_C", degrees),
            ("temperature_state_topic", "temperature_state_template", "climate.target_temperature_C", degrees),
            ("current_humidity_topic", "current_humidity_template", "climate.humidity_percent", "%"),
            ("mode_state_topic", "mode_state_template", "state.mode", ""),
            ("action_topic", "action_template", "state.activity", ""),
        ):
            if place := at(topic, template):
                yield Slot(place[0], "word", path, place[1], its_unit)
    elif component == "event" and state:
        yield Slot(state[0], "event", "", state[1])
    elif component == "device_automation" and (topic := text(config.get("topic"))):
        kind = " ".join(filter(None, (text(config.get("type")), text(config.get("subtype")))))
        payload = text(config.get("payload"))
        named = {} if payload is None else {"payload": payload, "name": kind or payload}
        yield Slot(topic, "event", "", text(config.get("value_template")) or "", words=named)
    elif state:
        yield Slot(state[0], "word", "", state[1])
