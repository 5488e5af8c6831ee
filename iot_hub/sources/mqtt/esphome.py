"""ESPHome: a text for each value under ``NODE/COMPONENT/OBJECT/state``.

Facts: esphome.io, "MQTT client component"; esphome/esphome, components/mqtt. States are text and retained by default,
no message has a time, and units are in Home Assistant's discovery alone: what it describes is read by discovery.py.
The rest is read by its name: ``humidity`` is one, and without a unit it is in the hub's. ``nan`` is unknown.
``NODE/status`` is online or offline, ``NODE/debug`` a log. Identity is the node's MAC, from discovery or
``esphome/discover/NODE``.
"""

from __future__ import annotations

import re
from functools import partial

import msgspec

from iot_hub.sources.fields import Field, Groups, field, inverted
from iot_hub.sources.mqtt.addresses import mac_of
from iot_hub.sources.mqtt.classes import binary_field, sensor_field
from iot_hub.sources.mqtt.discovery import Discovery
from iot_hub.sources.mqtt.events import guarded, object_of, original_of, reading, received, text_of
from iot_hub.sources.mqtt.meaning import (
    NOTHING,
    UNDESCRIBED,
    Availability,
    Description,
    Handler,
    Meaning,
    Message,
    part_of,
)
from iot_hub.sources.mqtt.places import Places
from iot_hub.sources.mqtt.protocol import MOST_DEVICES, Protocol
from iot_hub.sources.mqtt.settings import HomeSettings
from iot_hub.sources.mqtt.zigbee2mqtt import state_word
from iot_hub.values import is_given, text

_COMPONENTS = ("sensor|binary_sensor|text_sensor|switch|light|fan|cover|valve|climate|lock|number|select|text|event"
               "|button|update|alarm_control_panel|date|time|datetime")  # fmt: skip
_STATE = re.compile(
    rf"(?P<node>.+)/(?P<component>{_COMPONENTS})/(?P<object>[^/]+)/(?P<what>state|command|.+/(?:state|command))"
)
_MOST_OBJECTS = 1_000
_WORDS = {"ON", "OFF", "OPEN", "CLOSED"}


class Node(msgspec.Struct):
    """A node: its MAC, where it is known, and what its objects report."""

    address: str | None = None
    objects: dict[str, str] = {}


class Knowledge(msgspec.Struct):
    """The nodes by the beginning of their topics."""

    nodes: dict[str, Node] = {}


class Esphome(Protocol):
    """Reads the values of ESPHome's nodes that no discovery describes."""

    name = "esphome"

    def __init__(self, settings: HomeSettings, discovery: Discovery) -> None:
        super().__init__(settings)
        self._discovery = discovery
        self._known = Knowledge()
        self._places = Places()

    def knowledge(self) -> Knowledge:
        """Return the nodes."""
        return self._known

    def restore(self, knowledge: bytes) -> None:
        """Restore nodes."""
        self._known = msgspec.json.decode(knowledge, type=Knowledge)
        self._places = Places()
        for name, node in self._known.nodes.items():
            for each, path in node.objects.items():
                self._places.add(name, path, each)

    def route(self, topic: str) -> Handler | None:
        """Return the reader of a node's topic."""
        if topic.startswith("esphome/discover/"):
            return self._discovered
        if found := _STATE.fullmatch(topic):
            if found["what"] != "state":
                return _nothing if self._is_node(found["node"]) else None
            return partial(self._state, found["node"], found["component"], found["object"])
        node, _, last = topic.rpartition("/")
        if last == "status" and node:
            return partial(self._status, node)
        return _nothing if last == "debug" and self._is_node(node) else None

    def _is_node(self, node: str) -> bool:
        return node in self._known.nodes or self._discovery.node_device(node) is not None

    def _device(self, node: str) -> tuple[str, bool]:
        known = self._known.nodes.get(node)
        address = self._discovery.node_device(node) or (known.address if known else None)
        return (address, False) if address else (f"esphome/{node}", True)

    def _state(self, node: str, component: str, name: str, message: Message) -> Meaning:
        if not message.payload:
            return NOTHING
        if not self._is_node(node) and message.payload.decode("utf-8", "replace").strip() not in _WORDS:
            return UNDESCRIBED  # Home Assistant's statestream has such topics too.
        if node not in self._known.nodes and len(self._known.nodes) >= MOST_DEVICES:
            return UNDESCRIBED
        known = self._known.nodes.setdefault(node, Node())
        device, is_provisional = self._device(node)

        def read() -> Meaning:
            value = text_of(message)
            target = _target(component, name)
            taught = target is not None and name not in known.objects and len(known.objects) < _MOST_OBJECTS
            groups: Groups = {}
            part: str | None = ""
            if target is not None and (name in known.objects or len(known.objects) < _MOST_OBJECTS):
                path, found = target
                known.objects[name] = path
                self._places.add(node, path, name)
                part = self._places.part(node, path, name)
                if is_given(value) and part is not None:
                    found.put(value, groups)
            original = original_of(f"{component}/{name}/state", message)
            one = reading(
                self.name,
                part_of(device, part or ""),
                original,
                received(message),
                groups,
                is_provisional=is_provisional,
            )
            return Meaning((one,), has_taught=taught)

        return guarded(device, message, read)

    def _status(self, node: str, message: Message) -> Meaning:
        state = state_word(message)
        if state == "unknown" or not self._is_node(node):
            return UNDESCRIBED
        return Meaning(availability=(Availability(self._device(node)[0], state),))

    def _discovered(self, message: Message) -> Meaning:
        node = message.topic.removeprefix("esphome/discover/")
        try:
            found, _ = object_of(message)
        except (ValueError, RecursionError):
            return NOTHING
        mac = mac_of(found.get("mac"))
        if mac is None or len(self._known.nodes) >= MOST_DEVICES:
            return NOTHING
        known = self._known.nodes.setdefault(node, Node())
        is_new, known.address = known.address != mac, mac
        label, model = text(found.get("friendly_name")) or node, text(found.get("board"))
        described = Description(mac, self.name, label, "ESPHome", model, aliases=(f"esphome/{node}",))
        return Meaning(descriptions=(described,), has_taught=is_new)


def _target(component: str, name: str) -> tuple[str, Field] | None:
    if component == "sensor":
        return sensor_field("", "", name)
    if component == "binary_sensor":
        return binary_field("", name)
    path = {"switch": "state.on", "fan": "state.on", "light": "light.on"}.get(component)
    if component == "lock":
        return "state.locked", inverted("state.locked")
    if component == "cover":
        path = "contact.open"
    found = field(path) if path else None
    return (path, found) if path and found else None


def _nothing(message: Message) -> Meaning:
    return NOTHING
