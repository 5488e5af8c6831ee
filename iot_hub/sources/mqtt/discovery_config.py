"""What a configuration of Home Assistant's discovery says: which values a device has, and where they stand.

Facts as in discovery.py. Each component has topics and words of its own; here they all become slots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from iot_hub.sources.mqtt.addresses import mac_of
from iot_hub.sources.mqtt.classes import binary_field, sensor_field
from iot_hub.values import text

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
_SWITCHES = frozenset({"switch", "fan", "siren", "humidifier"})

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


def entities_of(topic: str, config: Mapping[str, Any]) -> Iterable[tuple[str, Configured | None]]:
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
    slots = tuple(_slots(component, f"{name or ''} {object_id} {unique or ''}", config))
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
        path = binary_field(device_class, name)[0]
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
        for its_topic, template, its_path, its_unit in (
            ("current_temperature_topic", "current_temperature_template", "climate.temperature_C", degrees),
            ("temperature_state_topic", "temperature_state_template", "climate.target_temperature_C", degrees),
            ("current_humidity_topic", "current_humidity_template", "climate.humidity_percent", "%"),
            ("mode_state_topic", "mode_state_template", "state.mode", ""),
            ("action_topic", "action_template", "state.activity", ""),
        ):
            if place := at(its_topic, template):
                yield Slot(place[0], "word", its_path, place[1], its_unit)
    elif component == "event" and state:
        yield Slot(state[0], "event", "", state[1])
    elif component == "device_automation" and (topic := text(config.get("topic"))):
        kind = " ".join(filter(None, (text(config.get("type")), text(config.get("subtype")))))
        payload = text(config.get("payload"))
        named = {} if payload is None else {"payload": payload, "name": kind or payload}
        yield Slot(topic, "event", "", text(config.get("value_template")) or "", words=named)
    elif state:
        yield Slot(state[0], "word", "", state[1])
