"""Tasmota: ``tele/TOPIC/SENSOR`` and ``STATE`` every five minutes, ``stat/TOPIC/POWER`` at each change.

Facts: tasmota.github.io/docs, "MQTT", "JSON Status Responses", "Peripherals"; arendst/Tasmota, support_tasmota.ino
and xdrv_12_discovery.ino. ``FullTopic`` may put the prefix anywhere and add levels. ``Time`` is local and has an
offset only with SetOption52; ``Epoch`` comes first. 1970 is a clock that was not set. Units stand at the end:
``TempUnit``, ``PressureUnit``, ``SpeedUnit``. Each sensor is a block named after its chip, numbered or with its
address where there are several, so a block is a part of the device. ``Wifi.RSSI`` is a quality in percent,
``Wifi.Signal`` is in dBm. ``RESULT`` repeats what ``POWER`` says. Identity is the MAC of Tasmota's own discovery,
``tasmota/discovery/MAC/config``; until it is heard, the topic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from iot_hub.sources.canonical import Timestamp
from iot_hub.sources.fields import Field, Groups, field
from iot_hub.sources.mqtt.addresses import mac_of
from iot_hub.sources.mqtt.events import (
    guarded,
    local_time_of,
    object_of,
    original_of,
    parts,
    received,
    text_of,
    time_of,
)
from iot_hub.sources.mqtt.meaning import NOTHING, Availability, Description, Handler, Meaning, Message
from iot_hub.sources.mqtt.protocol import MOST_DEVICES, Protocol
from iot_hub.sources.mqtt.settings import HomeSettings
from iot_hub.sources.mqtt.zigbee2mqtt import state_word
from iot_hub.values import number, text

_PREFIXES = frozenset({"tele", "stat", "cmnd"})
_MESSAGE = re.compile(r"[A-Z][A-Z0-9_]*")

# What a name within a block means, and its unit where no unit at the end says it.
_VALUES: Mapping[str, tuple[str, str]] = {
    "Temperature": ("climate.temperature_C", "°C"),
    "DewPoint": ("climate.dew_point_C", "°C"),
    "Humidity": ("climate.humidity_percent", "%"),
    "Pressure": ("climate.pressure_hPa", "hPa"),
    "Illuminance": ("climate.illuminance_lx", "lx"),
    "Moisture": ("climate.soil_moisture_percent", "%"),
    "Conductivity": ("climate.soil_conductivity_uScm", "µS/cm"),
    "CarbonDioxide": ("air.co2_ppm", "ppm"),
    "CO2": ("air.co2_ppm", "ppm"),
    "TVOC": ("air.tvoc_ppb", "ppb"),
    "PM1": ("air.pm1_ugm3", "µg/m³"),
    "PM2.5": ("air.pm25_ugm3", "µg/m³"),
    "PM4": ("air.pm4_ugm3", "µg/m³"),
    "PM10": ("air.pm10_ugm3", "µg/m³"),
    "VOC": ("air.voc_index", "1"),
    "NOx": ("air.nox_index", "1"),
    "Total": ("energy.energy_Wh", "kWh"),
    "Total_in": ("energy.energy_Wh", "kWh"),
    "Total_out": ("energy.exported_Wh", "kWh"),
    "ExportActive": ("energy.exported_Wh", "kWh"),
    "Power": ("energy.power_W", "W"),
    "Power_curr": ("energy.power_W", "W"),
    "ApparentPower": ("energy.apparent_power_VA", "VA"),
    "ReactivePower": ("energy.reactive_power_var", "var"),
    "Factor": ("energy.power_factor", "1"),
    "Voltage": ("energy.voltage_V", "V"),
    "Current": ("energy.current_A", "A"),
    "Frequency": ("energy.frequency_Hz", "Hz"),
    "Battery": ("battery.remaining_percent", "%"),
    "BatteryPercentage": ("battery.remaining_percent", "%"),
    "RSSI": ("network.signal_dBm", "dBm"),
    "LinkQuality": ("network.link_quality", "1"),
    "UvIndex": ("weather.uv_index", "1"),
    "Speed.Act": ("weather.wind_speed_ms", "km/h"),
    "Speed.Max": ("weather.wind_gust_ms", "km/h"),
    "Dir.Deg": ("weather.wind_direction", "°"),
    "Distance": ("state.distance_m", "cm"),
    "Weight": ("state.mass_kg", "kg"),
    "Position": ("state.position_percent", "%"),
    "Occupancy": ("motion.detected", ""),
    "Contact": ("contact.open", ""),
    "Water": ("water.leak", ""),
    "Smoke": ("state.smoke", ""),
}
_STATE: Mapping[str, tuple[str, str]] = {
    "POWER": ("state.on", ""),
    "UptimeSec": ("machine.uptime_s", "s"),
    "Dimmer": ("light.brightness_percent", "%"),
    "Wifi.Signal": ("network.signal_dBm", "dBm"),
    "Wifi.RSSI": ("network.signal_percent", "%"),
    "Wifi.SSId": ("network.ssid", ""),
    "Wifi.BSSId": ("network.bssid", ""),
    "ESP32.Temperature": ("machine.temperature_C", "°C"),
}
_UNITS_OF = {"°C": "TempUnit", "hPa": "PressureUnit", "km/h": "SpeedUnit"}
_CHANNEL = re.compile(r"(?:POWER|Switch)\d+")
_NO_BLOCKS = frozenset({"Wifi", "ESP32", "Berry", "Ethernet", "ENERGY"})


class Knowledge(msgspec.Struct):
    """The MAC of each device, by its topic without prefix."""

    addresses: dict[str, str] = {}


class Tasmota(Protocol):
    """Reads Tasmota's devices."""

    name = "tasmota"

    def __init__(self, settings: HomeSettings) -> None:
        super().__init__(settings)
        self._known = Knowledge()

    def knowledge(self) -> Knowledge:
        """Return the addresses."""
        return self._known

    def restore(self, knowledge: bytes) -> None:
        """Restore addresses."""
        self._known = msgspec.json.decode(knowledge, type=Knowledge)

    def route(self, topic: str) -> Handler | None:
        """Return the reader of a topic with one of the prefixes in it, or of Tasmota's discovery."""
        levels = topic.split("/")
        if topic.startswith("tasmota/discovery/") and len(levels) == 4:
            return self._config if levels[3] == "config" else _nothing
        *before, last = levels
        prefix = next((each for each in before if each in _PREFIXES), None)
        if prefix is None or not before or not _MESSAGE.fullmatch(last):
            return None
        path = "/".join(_without(before, prefix))
        if not path or prefix == "cmnd":
            return _nothing if path else None
        if last == "LWT":
            return partial(self._availability, path)
        if last.startswith("POWER"):
            return partial(self._power, path, last)
        if last in ("SENSOR", "STATE", "RESULT", "STATUS5", "STATUS8", "STATUS10", "STATUS11"):
            return partial(self._object, path, last)
        return _nothing

    def _device(self, path: str) -> tuple[str, bool]:
        address = self._known.addresses.get(path)
        return (address, False) if address else (f"tasmota/{path}", True)

    def _availability(self, path: str, message: Message) -> Meaning:
        return Meaning(availability=(Availability(self._device(path)[0], state_word(message)),))

    def _power(self, path: str, name: str, message: Message) -> Meaning:
        device, is_provisional = self._device(path)

        def read() -> Meaning:
            groups: Groups = {}
            of_parts: dict[str, tuple[object, Groups]] = {}
            state = text_of(message)
            _put_state(name, state, groups, of_parts)
            original = original_of(name, message)
            moment = received(message)
            return Meaning(parts(self.name, device, original, moment, groups, of_parts, is_provisional=is_provisional))

        return guarded(device, message, read) if message.payload else NOTHING

    def _object(self, path: str, kind: str, message: Message) -> Meaning:
        device, is_provisional = self._device(path)

        def read() -> Meaning:
            state, original = object_of(message)
            if kind == "STATUS5":
                net = state.get("StatusNET")
                return self._learn(mac_of(net.get("Mac")) if isinstance(net, dict) else None, path, None, None)
            for envelope in ("StatusSNS", "StatusSTS"):
                if isinstance(state.get(envelope), dict):
                    state = state[envelope]
            groups, of_parts = _groups_of(state, is_result=kind == "RESULT")
            if kind == "RESULT" and not groups and not of_parts:
                return NOTHING  # The answer to a command.
            moment = _moment(state, message, self.settings)
            return Meaning(parts(self.name, device, original, moment, groups, of_parts, is_provisional=is_provisional))

        return guarded(device, message, read) if message.payload else NOTHING

    def _config(self, message: Message) -> Meaning:
        mac = mac_of(message.topic.split("/")[2])
        if not message.payload:
            return Meaning(descriptions=(Description(mac, self.name, is_removed=True),)) if mac else NOTHING
        try:
            config, _ = object_of(message)
        except (ValueError, RecursionError):
            return NOTHING
        topic, full = text(config.get("t")), text(config.get("ft")) or "%prefix%/%topic%/"
        mac = mac_of(config.get("mac")) or mac
        if mac is None or topic is None:
            return NOTHING
        levels = full.replace("%topic%", topic).replace("%hostname%", str(config.get("hn", "")))
        levels = levels.replace("%id%", mac.replace(":", "")[-6:])
        path = "/".join(each for each in levels.split("/") if each and each != "%prefix%")
        return self._learn(mac, path, text(config.get("dn")), text(config.get("md")))

    def _learn(self, mac: str | None, path: str, label: str | None, model: str | None) -> Meaning:
        if mac is None or (path not in self._known.addresses and len(self._known.addresses) >= MOST_DEVICES):
            return NOTHING
        is_new = self._known.addresses.get(path) != mac
        self._known.addresses[path] = mac
        described = Description(mac, self.name, label or path, "Tasmota", model, aliases=(f"tasmota/{path}",))
        return Meaning(descriptions=(described,), has_taught=is_new)


def _without(levels: list[str], prefix: str) -> list[str]:
    at = levels.index(prefix)
    return levels[:at] + levels[at + 1 :]


def _nothing(message: Message) -> Meaning:
    return NOTHING


def _moment(state: Mapping[str, Any], message: Message, settings: HomeSettings) -> Timestamp:
    epoch = number(state.get("Epoch"))
    if epoch is not None:
        found = time_of(epoch, message)
        if found.source == "measured":
            return found
    return local_time_of(state.get("Time"), message, settings.time_zone)


def _groups_of(state: Mapping[str, Any], *, is_result: bool) -> tuple[Groups, dict[str, tuple[object, Groups]]]:
    groups: Groups = {}
    of_parts: dict[str, tuple[object, Groups]] = {}
    units = {name: text(state.get(name)) or "" for name in _UNITS_OF.values()}
    for name, value in state.items():
        if name == "ZbReceived" and isinstance(value, dict):
            for each in value.values():
                if isinstance(each, dict):
                    address = text(each.get("IEEEAddr")) or text(each.get("Device")) or ""
                    _put_block(f"Zigbee-{address}", each, units, groups, of_parts)
        elif isinstance(value, dict) and name in ("Wifi", "ESP32"):
            for key, each in value.items():
                _put(_STATE.get(f"{name}.{key}"), each, units, groups)
        elif isinstance(value, dict) and name not in _NO_BLOCKS:
            _put_block(_part_of(name, value), value, units, groups, of_parts)
        elif isinstance(value, dict) and name == "ENERGY":
            _put_energy(value, units, groups, of_parts)
        elif not (is_result and name.startswith("POWER")):
            _put_state(name, value, groups, of_parts)
    return groups, of_parts


def _part_of(name: str, block: Mapping[str, Any]) -> str:
    """Return a block's name; of a probe with an address its number may change, the address does not."""
    address = text(block.get("Id"))
    return f"{re.sub(r'-[0-9]+$', '', name)}-{address}" if address else name


def _put_block(
    part: str,
    block: Mapping[str, Any],
    units: Mapping[str, str],
    groups: Groups,
    of_parts: dict[str, tuple[object, Groups]],
) -> None:
    found: Groups = {}
    for key, value in block.items():
        if isinstance(value, dict):
            for inner, each in value.items():
                _put(_VALUES.get(f"{key}.{inner}"), each, units, found)
        elif isinstance(value, list):
            for index, each in enumerate(value, 1):
                of_list: Groups = {}
                _put(_VALUES.get(key), each, units, of_list)
                if of_list:
                    _merge(of_parts.setdefault(f"{part}-{index}", ({}, {})), key, each, of_list)
        else:
            _put(_VALUES.get(key), value, units, found)
    if found:
        of_parts[part] = (block, found)


def _put_energy(
    block: Mapping[str, Any],
    units: Mapping[str, str],
    groups: Groups,
    of_parts: dict[str, tuple[object, Groups]],
) -> None:
    """Put a meter's values: one is the device's, of several each phase or plug is a part."""
    for key, value in block.items():
        if not isinstance(value, list):
            _put(_VALUES.get(key), value, units, groups)
            continue
        for index, each in enumerate(value, 1):
            found: Groups = {}
            _put(_VALUES.get(key), each, units, found)
            if found:
                _merge(of_parts.setdefault(f"ENERGY-{index}", ({}, {})), key, each, found)


def _merge(part: tuple[object, Groups], key: str, value: object, found: Groups) -> None:
    block, groups = part
    assert isinstance(block, dict)  # noqa: S101 - made above
    block[key] = value
    for group, values in found.items():
        groups.setdefault(group, {}).update(values)


def _put_state(name: str, value: object, groups: Groups, of_parts: dict[str, tuple[object, Groups]]) -> None:
    if _CHANNEL.fullmatch(name):
        found: Groups = {}
        _put(_STATE["POWER"], value, {}, found)
        of_parts[name] = ({name: value}, found)
    else:
        _put(_STATE.get(name), value, {}, groups)


def _put(target: tuple[str, str] | None, value: object, units: Mapping[str, str], groups: Groups) -> None:
    if target is None or value is None:
        return
    path, unit = target
    found: Field | None = field(path, units.get(_UNITS_OF.get(unit, ""), "") or unit)
    if found:
        found.put(value, groups)
