"""Home Assistant's statestream: each entity's state as text, and each attribute as JSON, under topics of its own.

Facts: home-assistant.io, "MQTT Statestream"; home-assistant/core, components/mqtt_statestream.
``BASE/DOMAIN/OBJECT/state`` comes first, then the attributes, where they are published: unit and class, and of a
tracker latitude, longitude and accuracy, one message each. Identity is the entity's ID, as in what automations send
over HTTP. The time is that of the receipt: ``last_changed`` is optional and comes after the state. Which of ESPHome's
and these topics begin how is learned from their attributes, or set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

import msgspec

from iot_hub.sources.fields import Groups, field, inverted
from iot_hub.sources.homeassistant import state_groups
from iot_hub.sources.mqtt.classes import binary_field, sensor_field
from iot_hub.sources.mqtt.entity_values import location_of
from iot_hub.sources.mqtt.events import encode, guarded, reading, received, text_of, value_of
from iot_hub.sources.mqtt.meaning import (
    NOTHING,
    UNDESCRIBED,
    Availability,
    Description,
    Handler,
    Meaning,
    Message,
)
from iot_hub.sources.mqtt.protocol import MOST_DEVICES, Protocol
from iot_hub.sources.mqtt.settings import HomeSettings
from iot_hub.values import is_given, number, text

_DOMAINS = ("sensor|binary_sensor|device_tracker|person|switch|light|lock|cover|climate|fan|weather|input_boolean"
            "|input_number|number|select|vacuum|water_heater|humidifier|media_player|alarm_control_panel|sun|valve"
            "|counter|zone|automation|script|group|button|event|input_select|input_text|siren|calendar")  # fmt: skip
_TOPIC = re.compile(rf"(?P<base>.+)/(?P<domain>{_DOMAINS})/(?P<object>[a-z0-9_]+)/(?P<attribute>[^/]+)")
_TEACHING = frozenset({
    "device_class", "entity_picture", "friendly_name", "gps_accuracy", "last_changed", "last_updated", "latitude",
    "longitude", "source_type", "state_class", "unit_of_measurement",
})  # fmt: skip
# Domains whose state topics ESPHome has none of.
_OWN = frozenset({"device_tracker", "person", "sun", "weather", "zone", "input_boolean", "automation", "media_player"})
_MOST_BASES = 100
_KEPT = {"unit_of_measurement": "unit", "device_class": "device_class", "friendly_name": "label"}
_POSITION = frozenset({"latitude", "longitude", "gps_accuracy"})
# Attributes that are values of their own, by domain.
_ATTRIBUTES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("climate", "current_temperature"): ("climate.temperature_C", "°C"),
    ("climate", "current_humidity"): ("climate.humidity_percent", "%"),
    ("climate", "temperature"): ("climate.target_temperature_C", "°C"),
    ("climate", "hvac_action"): ("state.activity", ""),
    ("cover", "current_position"): ("state.position_percent", "%"),
    ("device_tracker", "battery_level"): ("battery.remaining_percent", "%"),
}
_TRUTHS = {"switch": "state.on", "fan": "state.on", "input_boolean": "state.on", "light": "light.on"}


class Known(msgspec.Struct):
    """What the attributes have said of an entity."""

    unit: str = ""
    device_class: str = ""
    label: str = ""
    has_accuracy: bool = False


class Knowledge(msgspec.Struct):
    """The base topics, and the entities by base and ID."""

    bases: dict[str, dict[str, Known]] = {}


class Statestream(Protocol):
    """Reads the states that a Home Assistant publishes."""

    name = "homeassistant"

    def __init__(self, settings: HomeSettings) -> None:
        super().__init__(settings)
        self._known = Knowledge({base: {} for base in settings.statestream_topics})
        self._fixes: dict[str, dict[str, object]] = {}

    def knowledge(self) -> Knowledge:
        """Return the entities."""
        return self._known

    def restore(self, knowledge: bytes) -> None:
        """Restore entities."""
        self._known = msgspec.json.decode(knowledge, type=Knowledge)
        for base in self.settings.statestream_topics:
            self._known.bases.setdefault(base, {})

    def route(self, topic: str) -> Handler | None:
        """Return the reader of a topic under a base that is known, or that this topic shows to be one."""
        found = _TOPIC.fullmatch(topic)
        if found is None:
            return None
        base, domain, attribute = found["base"], found["domain"], found["attribute"]
        is_new = base not in self._known.bases
        if is_new and not (attribute in _TEACHING or (domain in _OWN and attribute == "state")):
            return None
        if is_new and len(self._known.bases) >= _MOST_BASES:
            return None
        if is_new:
            self._known.bases[base] = {}
        entity = f"{domain}.{found['object']}"
        read = self._state if attribute == "state" else self._attribute
        return partial(self._first if is_new else _then, partial(read, base, domain, entity, attribute))

    def _first(self, read: Handler, message: Message) -> Meaning:
        meaning = read(message)
        return msgspec.structs.replace(meaning, has_taught=True)

    def _state(self, base: str, domain: str, entity: str, attribute: str, message: Message) -> Meaning:
        self._fixes.pop(entity, None)
        if not message.payload:
            return NOTHING
        known = self._known.bases[base].get(entity)

        def read() -> Meaning:
            state = text_of(message)
            if state == "unavailable":
                return Meaning(availability=(Availability(entity, "offline"),))
            if known is None and domain == "sensor" and number(state) is not None and self._known.bases[base]:
                return UNDESCRIBED  # Its unit follows.
            found = known or Known()
            groups: Groups = {
                group: msgspec.to_builtins(values)
                for group, values in state_groups(
                    entity, state, found.unit, {"device_class": found.device_class}
                ).items()
                if values is not None
            }
            if is_given(state):
                _put_state(domain, entity, state, found, groups)
            original = encode({"entity_id": entity, "state": state, **({"unit": found.unit} if found.unit else {})})
            return Meaning((reading(self.name, entity, original, received(message), groups),))

        return guarded(entity, message, read)

    def _attribute(self, base: str, domain: str, entity: str, attribute: str, message: Message) -> Meaning:
        if not message.payload:
            return NOTHING
        entities = self._known.bases[base]

        def read() -> Meaning:
            value = value_of(message)
            if entity not in entities and len(entities) >= MOST_DEVICES:
                return NOTHING
            if attribute in _KEPT:
                known = entities.setdefault(entity, Known())
                name, said = _KEPT[attribute], text(value) or ""
                if getattr(known, name) == said:
                    return NOTHING
                setattr(known, name, said)
                described = Description(entity, self.name, known.label or None, "Home Assistant")
                return Meaning(descriptions=(described,), has_taught=True)
            if attribute in _POSITION and domain in ("device_tracker", "person"):
                return self._position(entities, entity, attribute, value, message)
            target = _ATTRIBUTES.get((domain, attribute))
            if target is None:
                return NOTHING
            groups: Groups = {}
            if read_one := field(*target):
                read_one.put(value, groups)
            original = encode({"entity_id": entity, "attributes": {attribute: value}})
            return Meaning((reading(self.name, entity, original, received(message), groups),)) if groups else NOTHING

        return guarded(entity, message, read)

    def _position(
        self, entities: dict[str, Known], entity: str, attribute: str, value: object, message: Message
    ) -> Meaning:
        """Collect the messages of one position: it is whole with the last of those that its tracker sends."""
        known = entities.setdefault(entity, Known())
        taught = attribute == "gps_accuracy" and not known.has_accuracy
        known.has_accuracy = known.has_accuracy or attribute == "gps_accuracy"
        if message.retained:
            return Meaning(has_taught=taught)
        if len(self._fixes) >= MOST_DEVICES:
            self._fixes.clear()
        fix = self._fixes.setdefault(entity, {})
        fix[attribute] = value
        wanted = _POSITION if known.has_accuracy else _POSITION - {"gps_accuracy"}
        if not wanted <= fix.keys():
            return Meaning(has_taught=taught)
        self._fixes[entity] = {}
        place = location_of(fix)
        original = encode({"entity_id": entity, "attributes": fix})
        found = (reading(self.name, entity, original, received(message), {"location": place}),) if place else ()
        return Meaning(found, has_taught=taught)


def _then(read: Handler, message: Message) -> Meaning:
    return read(message)


def _put_state(domain: str, entity: str, state: str, known: Known, groups: Groups) -> None:
    if domain == "binary_sensor":
        binary_field(known.device_class, entity.partition(".")[2])[1].put(state, groups)
    elif domain == "sensor":
        if known.unit and (found := sensor_field(known.device_class, known.unit, entity.partition(".")[2])):
            found[1].put(state, groups)
    elif domain in _TRUTHS and (read := field(_TRUTHS[domain])):
        read.put(state, groups)
    elif domain == "lock":
        inverted("state.locked").put(state, groups)
    elif domain in ("cover", "valve") and (read := field("contact.open")):
        read.put(state, groups)
    elif domain in ("device_tracker", "person"):
        groups.setdefault("state", {})["presence"] = state
    elif domain in ("climate", "water_heater"):
        groups.setdefault("state", {})["mode"] = state
