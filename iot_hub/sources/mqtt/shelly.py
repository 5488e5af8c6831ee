"""Shelly: the first generation sends a value a topic, the second and later ones notifications in JSON.

Facts: shelly-api-docs.shelly.cloud, "Gen1 MQTT" and "Gen2+ MQTT", "RPC notifications", "Components". Generation 1:
``shellies/ID/…``, text, no time; ``relay/N/energy`` counts watt-minutes, an emeter's totals are Wh; 999 is a probe
that failed. Generation 2: ``PREFIX/events/rpc`` holds what has changed and nothing else, ``PREFIX/status/COMPONENT``
all of a component; ``ts`` is Unix seconds, and the uptime before the clock is set; energy is in Wh, ``by_minute`` in
mWh. The first of several outputs is the device itself, each other one a part of it, and so is every input. Identity
is the MAC: generation 2 has it in ``src``, generation 1 in ``announce``; until then it is the topic's ID.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import msgspec

from iot_hub.sources.bounds import decode_any
from iot_hub.sources.canonical import Timestamp
from iot_hub.sources.fields import Field, Groups, field
from iot_hub.sources.mqtt.addresses import mac_of
from iot_hub.sources.mqtt.events import (
    encode,
    guarded,
    object_of,
    original_of,
    parts,
    reading,
    received,
    text_of,
    time_of,
)
from iot_hub.sources.mqtt.meaning import (
    NOTHING,
    UNDESCRIBED,
    Availability,
    Description,
    Handler,
    Meaning,
    Message,
    Reading,
    State,
    part_of,
)
from iot_hub.sources.mqtt.protocol import MOST_DEVICES, Protocol
from iot_hub.sources.mqtt.settings import HomeSettings
from iot_hub.values import number, text

_FAILED = 999
_ONLINE: Mapping[str, State] = {"true": "online", "false": "offline"}

# Generation 1: the levels after the ID, the property, the unit.
_TOPICS: Mapping[str, tuple[str, str]] = {
    "relay": ("state.on", ""),
    "light": ("state.on", ""),
    "white": ("state.on", ""),
    "color": ("state.on", ""),
    "roller": ("contact.open", ""),
    "power": ("energy.power_W", "W"),
    "energy": ("energy.energy_Wh", "W·min"),
    "pos": ("state.position_percent", "%"),
    "emeter/power": ("energy.power_W", "W"),
    "emeter/reactive_power": ("energy.reactive_power_var", "var"),
    "emeter/pf": ("energy.power_factor", "1"),
    "emeter/current": ("energy.current_A", "A"),
    "emeter/voltage": ("energy.voltage_V", "V"),
    "emeter/total": ("energy.energy_Wh", "Wh"),
    "emeter/total_returned": ("energy.exported_Wh", "Wh"),
    "temperature": ("machine.temperature_C", "°C"),
    "overtemperature": ("state.problem", ""),
    "voltage": ("energy.voltage_V", "V"),
    "sensor/temperature": ("climate.temperature_C", "°C"),
    "sensor/humidity": ("climate.humidity_percent", "%"),
    "sensor/lux": ("climate.illuminance_lx", "lx"),
    "sensor/battery": ("battery.remaining_percent", "%"),
    "sensor/charger": ("battery.charging", ""),
    "sensor/state": ("contact.open", ""),
    "sensor/flood": ("water.leak", ""),
    "sensor/smoke": ("state.smoke", ""),
    "sensor/motion": ("motion.detected", ""),
    "sensor/vibration": ("motion.vibration", ""),
    "ext_temperature": ("climate.temperature_C", "°C"),
    "ext_humidity": ("climate.humidity_percent", "%"),
    "ext_switch": ("state.on", ""),
    "input": ("state.on", ""),
}
_TAIL = re.compile(
    r"(?P<id>.+?)/(?P<tail>(?P<whole>online|announce|info|status|settings)|(?P<kind>relay|light|white|color|roller|emeter"
    r"|ext_temperature|ext_humidity|ext_switch|input|input_event|longpush)/(?P<n>\d+)(?:/(?P<value>[a-z_]+))?"
    r"|sensor/[a-z_]+|temperature|overtemperature|voltage)"
)
_ALWAYS_PARTS = frozenset({"emeter", "ext_temperature", "ext_humidity", "ext_switch", "input"})

# Generation 2: what a component's value means, whatever the component.
_VALUES: Mapping[str, tuple[str, str]] = {
    "output": ("state.on", ""),
    "apower": ("energy.power_W", "W"),
    "act_power": ("energy.power_W", "W"),
    "total_act_power": ("energy.power_W", "W"),
    "aprt_power": ("energy.apparent_power_VA", "VA"),
    "total_aprt_power": ("energy.apparent_power_VA", "VA"),
    "voltage": ("energy.voltage_V", "V"),
    "current": ("energy.current_A", "A"),
    "total_current": ("energy.current_A", "A"),
    "pf": ("energy.power_factor", "1"),
    "freq": ("energy.frequency_Hz", "Hz"),
    "aenergy.total": ("energy.energy_Wh", "Wh"),
    "ret_aenergy.total": ("energy.exported_Wh", "Wh"),
    "total_act_energy": ("energy.energy_Wh", "Wh"),
    "total_act_ret_energy": ("energy.exported_Wh", "Wh"),
    "total_act": ("energy.energy_Wh", "Wh"),
    "total_act_ret": ("energy.exported_Wh", "Wh"),
    "temperature.tC": ("machine.temperature_C", "°C"),
    "brightness": ("light.brightness_percent", "%"),
    "ct": ("light.colour_temperature_K", "K"),
    "current_pos": ("state.position_percent", "%"),
    "rh": ("climate.humidity_percent", "%"),
    "lux": ("climate.illuminance_lx", "lx"),
    "battery.percent": ("battery.remaining_percent", "%"),
    "battery.V": ("battery.voltage_V", "V"),
    "current_C": ("climate.temperature_C", "°C"),
    "target_C": ("climate.target_temperature_C", "°C"),
    "rssi": ("network.signal_dBm", "dBm"),
    "ssid": ("network.ssid", ""),
}
# What a value means in one component alone.
_OF_COMPONENT: Mapping[tuple[str, str], tuple[str, str]] = {
    ("temperature", "tC"): ("climate.temperature_C", "°C"),
    ("input", "state"): ("state.on", ""),
    ("smoke", "alarm"): ("state.smoke", ""),
    ("flood", "alarm"): ("water.leak", ""),
    ("presence", "state"): ("motion.present", ""),
    ("cover", "state"): ("contact.open", ""),
    ("sys", "uptime"): ("machine.uptime_s", "s"),
}
_COMPONENT = re.compile(r"([a-z0-9_]+?)(?::(\d+))?")
_STATUS = re.compile(r"(?:.+)/status/(?P<component>[a-z0-9_]+(?::\d+)?)")
_PHASE = re.compile(r"([abc])_(.+)")
_WITHOUT_NUMBER = frozenset({"sys", "wifi", "eth", "ble", "cloud", "mqtt", "ws", "ht_ui"})


class Knowledge(msgspec.Struct):
    """The MAC, or the ID, of each device by its topic's prefix."""

    identities: dict[str, str] = {}


class Shelly(Protocol):
    """Reads Shellys of every generation."""

    name = "shelly"

    def __init__(self, settings: HomeSettings) -> None:
        super().__init__(settings)
        self._known = Knowledge()

    def knowledge(self) -> Knowledge:
        """Return the identities."""
        return self._known

    def restore(self, knowledge: bytes) -> None:
        """Restore identities."""
        self._known = msgspec.json.decode(knowledge, type=Knowledge)

    def route(self, topic: str) -> Handler | None:
        """Return the reader of a topic of either kind."""
        if topic == "shellies/announce":
            return self._announce
        if topic.startswith("shellies/") and (found := _TAIL.fullmatch(topic, len("shellies/"))):
            return self._first_generation(found)
        if topic.endswith("/events/rpc"):
            return partial(self._notification, topic.removesuffix("/events/rpc"))
        if (status := _STATUS.fullmatch(topic)) and _is_component(status["component"]):
            prefix = topic.removesuffix(f"/status/{status['component']}")
            return partial(self._status, prefix, status["component"])
        if topic.endswith("/online"):
            return partial(self._online, topic.removesuffix("/online"))
        if topic.endswith(("/rpc", "/command")) and topic.rpartition("/")[0] in self._known.identities:
            return _nothing
        return None

    def _first_generation(self, found: re.Match[str]) -> Handler:
        prefix, tail = found["id"], found["tail"]
        if found["whole"]:
            if tail == "online":
                return partial(self._online, prefix)
            return self._announce if tail in ("announce", "info") else _nothing
        if found["kind"] in ("input_event", "longpush"):
            return partial(self._press, prefix, found["n"]) if found["kind"] == "input_event" else _nothing
        kind, value = found["kind"], found["value"]
        name = tail if kind is None else f"{kind}/{value}" if kind == "emeter" else value or kind
        if name not in _TOPICS:
            return _nothing
        part = f"{kind}:{found['n']}" if kind and (kind in _ALWAYS_PARTS or found["n"] != "0") else ""
        return partial(self._value, prefix, tail, part, _TOPICS[name])

    def _device(self, prefix: str) -> tuple[str, bool]:
        identity = self._known.identities.get(prefix)
        return (identity, False) if identity else (f"shelly/{prefix}", True)

    def _online(self, prefix: str, message: Message) -> Meaning:
        state = _ONLINE.get(message.payload.decode("utf-8", "replace").strip().lower())
        if state is None:
            return UNDESCRIBED if message.payload else NOTHING
        return Meaning(availability=(Availability(self._device(prefix)[0], state),))

    def _value(self, prefix: str, tail: str, part: str, target: tuple[str, str], message: Message) -> Meaning:
        device, is_provisional = self._device(prefix)

        def read() -> Meaning:
            value = text_of(message)
            groups: Groups = {}
            _put(target, value, groups)
            original, moment, whole = original_of(tail, message), received(message), part_of(device, part)
            return Meaning((reading(self.name, whole, original, moment, groups, is_provisional=is_provisional),))

        return guarded(device, message, read) if message.payload else NOTHING

    def _press(self, prefix: str, index: str, message: Message) -> Meaning:
        device, is_provisional = self._device(prefix)

        def read() -> Meaning:
            press, original = object_of(message)
            name = text(press.get("event"))
            if name is None:
                return NOTHING
            groups: Groups = {"event": {"type": "input", "name": name}}
            whole = part_of(device, "" if index == "0" else f"input:{index}")
            return Meaning((
                reading(self.name, whole, original, received(message), groups, is_provisional=is_provisional),
            ))  # fmt: skip

        return guarded(device, message, read) if message.payload else NOTHING

    def _announce(self, message: Message) -> Meaning:
        try:
            announced, _ = object_of(message)
        except (ValueError, RecursionError):
            return NOTHING
        levels = message.topic.split("/")
        prefix = text(announced.get("id")) or "/".join(levels[1:-1])
        mac = mac_of(announced.get("mac"))
        if not prefix or mac is None:
            return NOTHING
        return self._learn(prefix, mac, text(announced.get("model")))

    def _learn(self, prefix: str, identity: str, model: str | None) -> Meaning:
        if self._known.identities.get(prefix) == identity and model is None:
            return NOTHING
        if prefix not in self._known.identities and len(self._known.identities) >= MOST_DEVICES:
            return NOTHING
        is_new = self._known.identities.get(prefix) != identity
        self._known.identities[prefix] = identity
        described = Description(identity, self.name, prefix, "Shelly", model, aliases=(f"shelly/{prefix}",))
        return Meaning(descriptions=(described,), has_taught=is_new)

    def _notification(self, prefix: str, message: Message) -> Meaning:
        device, _ = self._device(prefix)

        def read() -> Meaning:
            notification, original = object_of(message)
            source, params = text(notification.get("src")), notification.get("params")
            learned = (
                self._learn(prefix, _identity(source), _model(source))
                if source and self._is_new(prefix, source)
                else NOTHING
            )
            identity, is_provisional = self._device(prefix)
            if not isinstance(params, dict):
                return learned
            moment = time_of(params.get("ts"), message)
            if notification.get("method") == "NotifyEvent":
                found = tuple(self._presses(identity, params, moment, message, is_provisional))
            else:
                groups: Groups = {}
                of_parts: dict[str, tuple[object, Groups]] = {}
                for component, values in params.items():
                    _put_component(component, values, groups, of_parts)
                found = parts(self.name, identity, original, moment, groups, of_parts, is_provisional=is_provisional)
            return Meaning(found, learned.descriptions, has_taught=learned.has_taught)

        return guarded(device, message, read) if message.payload else NOTHING

    def _is_new(self, prefix: str, source: str) -> bool:
        return self._known.identities.get(prefix) != _identity(source)

    def _presses(
        self, device: str, params: Mapping[str, Any], moment: Timestamp, message: Message, is_provisional: bool
    ) -> Iterable[Reading]:
        events = params.get("events")
        for each in events if isinstance(events, list) else ():
            name = text(each.get("event")) if isinstance(each, dict) else None
            if name is None:
                continue
            component = text(each.get("component")) or ""
            kind, _, index = component.partition(":")
            groups: Groups = {"event": {"type": kind or "event", "name": name}}
            own = time_of(each.get("ts"), message) if each.get("ts") is not None else moment
            whole = part_of(device, component if index not in ("", "0") else "")
            yield reading(self.name, whole, encode(each), own, groups, is_provisional=is_provisional)

    def _status(self, prefix: str, component: str, message: Message) -> Meaning:
        device, is_provisional = self._device(prefix)

        def read() -> Meaning:
            try:
                values = decode_any(message.payload)
            except msgspec.DecodeError:
                return UNDESCRIBED  # Another protocol's status.
            if not isinstance(values, dict):
                return UNDESCRIBED
            groups: Groups = {}
            of_parts: dict[str, tuple[object, Groups]] = {}
            _put_component(component, values, groups, of_parts)
            original, moment = encode({component: values}), received(message)
            return Meaning(parts(self.name, device, original, moment, groups, of_parts, is_provisional=is_provisional))

        return guarded(device, message, read) if message.payload else NOTHING


def _nothing(message: Message) -> Meaning:
    return NOTHING


def _is_component(name: str) -> bool:
    return ":" in name or name in _WITHOUT_NUMBER


def _identity(source: str) -> str:
    return mac_of(source.rpartition("-")[2]) or f"shelly/{source}"


def _model(source: str) -> str | None:
    return source.rpartition("-")[0] or None


def _put_component(component: str, values: object, groups: Groups, of_parts: dict[str, tuple[object, Groups]]) -> None:
    found = _COMPONENT.fullmatch(component)
    if not isinstance(values, dict) or found is None:
        return
    # A meter's counters are a component of their own, under the meter's number.
    kind, index = found[1].removesuffix("data"), found[2] or "0"
    part = f"{kind}:{index}" if index != "0" or kind in ("input", "voltmeter") else ""
    inner: Groups = {} if part else groups
    for name, value in values.items():
        phase = _PHASE.fullmatch(name) if kind == "em" else None
        if phase:
            target = f"{kind}:{index} {phase[1]}"
            block, of_phase = of_parts.setdefault(target, ({}, {}))
            assert isinstance(block, dict)  # noqa: S101 - made above
            block[name] = value
            _put_value(kind, phase[2], value, of_phase)
        else:
            _put_value(kind, name, value, inner)
    if part and inner:
        of_parts[part] = (values, inner)


def _put_value(kind: str, name: str, value: object, groups: Groups) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            _put(_VALUES.get(f"{name}.{key}"), each, groups)
    else:
        _put(_OF_COMPONENT.get((kind, name)) or _VALUES.get(name), value, groups)


def _put(target: tuple[str, str] | None, value: object, groups: Groups) -> None:
    if target is None or value is None or (number(value) == _FAILED and "temperature" in target[0]):
        return
    found: Field | None = field(*target)
    if found:
        found.put(value, groups)
