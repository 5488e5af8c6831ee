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
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import msgspec

from iot_hub.sources.bounds import decode_any
from iot_hub.sources.fields import Groups
from iot_hub.sources.mqtt.addresses import mac_of
from iot_hub.sources.mqtt.discovery_config import Configured, Slot, Source, entities_of
from iot_hub.sources.mqtt.entity_values import read_slot
from iot_hub.sources.mqtt.events import guarded, object_of, original_of, reading, received, text_of
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
from iot_hub.sources.mqtt.template import compile_template

_ESPHOME = re.compile(
    r"(?P<node>.+)/(?:sensor|binary_sensor|switch|light|fan|cover|climate|lock|number|text_sensor)/[^/]+/state"
)
ZIGBEE = "0x"
"""How the addresses of Zigbee begin."""
_MOST_ENTITIES = 20_000
"""Entities that are known at once. A large home has some thousands; more are of somebody who writes configurations."""


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
        """Restore entities."""
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
        self._of_device: dict[str, list[Configured]] = {}
        for entities in self._known.entities.values():
            for entity in entities.values():
                self._add(entity)

    def _add(self, entity: Configured) -> None:
        self._of_device.setdefault(entity.device, []).append(entity)
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
            gone = {each.device for each in before.values()} - self._of_device.keys()
            return Meaning(
                descriptions=tuple(Description(device, self.name, is_removed=True) for device in sorted(gone)),
                has_taught=True,
            )
        try:
            config, _ = object_of(message)
        except (ValueError, RecursionError):
            return NOTHING
        found = {key: entity for key, entity in entities_of(topic, config) if entity is not None}
        native = {key: each for key, each in found.items() if any(self._is_native(slot.topic) for slot in each.slots)}
        taught = False
        for entity in native.values():
            if entity.device.startswith(ZIGBEE):
                taught |= any([self._learn_address(slot.topic, entity.device) for slot in entity.slots])
        found = {key: entity for key, entity in found.items() if key not in native}
        # Of what another protocol reads, the address is known, or nothing that its readings would be known by.
        described = [each for each in native.values() if each.device.startswith(ZIGBEE) or mac_of(each.device)]
        if found == before:
            return Meaning(descriptions=tuple(_descriptions(described)), has_taught=taught)
        if len(self._known.entities) >= _MOST_ENTITIES and topic not in self._known.entities:
            return NOTHING
        if found:
            self._known.entities[topic] = found
        if before:
            if not found:
                del self._known.entities[topic]
            self._index()
        else:
            for entity in found.values():
                self._add(entity)
        devices = dict.fromkeys(each.device for each in found.values())
        entities = [each for device in devices for each in self._of_device[device]]
        return Meaning(descriptions=tuple(_descriptions([*entities, *described])), has_taught=True)

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
                found = read_slot(slot, value, value_json)
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


def _aliases(entity: Configured) -> Iterable[str]:
    """Yield the provisional identities under which an entity's topics were read before it was described."""
    for slot in entity.slots:
        if node := _ESPHOME.fullmatch(slot.topic):
            yield f"esphome/{node['node']}"
        elif entity.device.startswith(ZIGBEE):
            yield slot.topic


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
            aliases=tuple(dict.fromkeys(alias for each in found for alias in _aliases(each))),
            entities=tuple(
                Entity(each.name, slot.unit, slot.device_class, slot.path) for each in found for slot in each.slots
            ),
        )
