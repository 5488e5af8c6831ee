"""Bluetooth sensors through a gateway: OpenMQTTGateway or Theengs, decoded there, or BTHome as it was heard.

Facts: docs.openmqttgateway.com, "BLE gateway"; decoder.theengs.io, "Devices" and "Parameters"; theengs/decoder,
tests/BLE/test_ble.cpp. ``BASE/GATEWAY/BTtoMQTT/MAC`` holds what one advertisement said, never all of the device.
``tempf`` repeats ``tempc`` in another unit. Several probes are numbered. 127.5 %, 127.99 °C and 65.535 V are invalid.
A device that the gateway does not know, with nothing measured, is a phone that passes by. Identity is the MAC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from iot_hub.sources.fields import Field, Groups, field
from iot_hub.sources.mqtt.addresses import mac_of
from iot_hub.sources.mqtt.bthome import read_service_data
from iot_hub.sources.mqtt.events import guarded, object_of, parts, received
from iot_hub.sources.mqtt.meaning import NOTHING, Availability, Description, Handler, Meaning, Message
from iot_hub.sources.mqtt.protocol import Protocol
from iot_hub.sources.mqtt.settings import HomeSettings
from iot_hub.sources.mqtt.zigbee2mqtt import state_word
from iot_hub.timestamps import SECOND, Microseconds
from iot_hub.values import number, text

_INVALID = frozenset({65.535, 65535, 127.5, 127.99, 255})
_MOST_DEVICES = 5_000
_REPEATED_WITHIN = 60 * SECOND
_RESTARTED = 100
"""A counter that is lower than the last was sent by somebody who had recorded it, or by a device with a new battery."""

_VALUES: Mapping[str, tuple[str, str]] = {
    "tempc": ("climate.temperature_C", "°C"),
    "hum": ("climate.humidity_percent", "%"),
    "pres": ("climate.pressure_hPa", "hPa"),
    "lux": ("climate.illuminance_lx", "lx"),
    "moi": ("climate.soil_moisture_percent", "%"),
    "fer": ("climate.soil_conductivity_uScm", "µS/cm"),
    "dewc": ("climate.dew_point_C", "°C"),
    "co2": ("air.co2_ppm", "ppm"),
    "pm25": ("air.pm25_ugm3", "µg/m³"),
    "pm10": ("air.pm10_ugm3", "µg/m³"),
    "for": ("air.formaldehyde_ugm3", "mg/m³"),
    "voc": ("air.voc_index", "1"),
    "nox": ("air.nox_index", "1"),
    "power": ("energy.power_W", "W"),
    "energy": ("energy.energy_Wh", "kWh"),
    "current": ("energy.current_A", "A"),
    "batt": ("battery.remaining_percent", "%"),
    "volt": ("battery.voltage_V", "V"),
    "low_batt": ("battery.low", ""),
    "lowbatt": ("battery.low", ""),
    "rssi": ("network.signal_dBm", "dBm"),
    "motion": ("motion.detected", ""),
    "presence": ("motion.present", ""),
    "open": ("contact.open", ""),
    "opened": ("contact.open", ""),
    "leak": ("water.leak", ""),
    "water_leak": ("water.leak", ""),
    "smoke": ("state.smoke", ""),
    "alarm": ("state.problem", ""),
    "weight": ("state.mass_kg", "kg"),
    "uv": ("weather.uv_index", "1"),
    "steps": ("motion.steps", "1"),
    "rain": ("weather.rain_mm", "mm"),
}
_FIELDS: Mapping[str, Field] = {name: found for name, target in _VALUES.items() if (found := field(*target))}
_NUMBERED = re.compile(r"(tempc|hum|batt|volt|moi)(\d)")
_FAHRENHEIT = field("climate.temperature_C", "°F")
_HEARD = frozenset({"network"})


class Theengs(Protocol):
    """Reads what Bluetooth gateways pass on."""

    name = "theengs"

    def __init__(self, settings: HomeSettings) -> None:
        super().__init__(settings)
        self._described: set[tuple[str, str | None, str | None]] = set()
        self._last: dict[str, tuple[int, Microseconds]] = {}

    def route(self, topic: str) -> Handler | None:
        """Return the reader of a gateway's topic."""
        levels = topic.split("/")
        if "BTtoMQTT" in levels[1:]:
            return self._advertisement
        if levels[-1] == "LWT" and len(levels) == 3 and levels[0] == "home":
            return partial(self._gateway, levels[1])
        if levels[-1] in ("SYStoMQTT", "RLStoMQTT") or ("commands" in levels and levels[0] == "home"):
            return _nothing
        return None

    def _gateway(self, name: str, message: Message) -> Meaning:
        return Meaning(availability=(Availability(f"theengs/{name}", state_word(message)),))

    def _advertisement(self, message: Message) -> Meaning:
        if not message.payload:
            return NOTHING

        def read() -> Meaning:
            heard, original = object_of(message)
            mac = mac_of(heard.get("mac")) or mac_of(heard.get("id")) or mac_of(message.topic.rpartition("/")[2])
            if mac is None:
                return NOTHING
            source, groups, of_parts = self.name, *_groups_of(heard)
            data = heard.get("servicedata")
            if isinstance(data, str) and _is_bthome(heard):
                source = "bthome"
                found = self._bthome(mac, data, message)
                if found is None:
                    return NOTHING
                groups.update(found[0])
                of_parts.update({part: ({}, each) for part, each in found[1].items()})
            if not of_parts and groups.keys() <= _HEARD and text(heard.get("model_id")) is None:
                return NOTHING
            readings = parts(source, mac, original, received(message), groups, of_parts)
            return Meaning(readings, self._describe(mac, heard))

        return guarded(mac_of(message.topic.rpartition("/")[2]) or message.topic, message, read)

    def _describe(self, mac: str, heard: Mapping[str, Any]) -> tuple[Description, ...]:
        label, model = text(heard.get("name")), text(heard.get("model")) or text(heard.get("model_id"))
        if (label is None and model is None) or (mac, label, model) in self._described:
            return ()
        if len(self._described) > _MOST_DEVICES:
            self._described.clear()
        self._described.add((mac, label, model))
        return (Description(mac, self.name, label, text(heard.get("brand")), model),)

    def _bthome(self, mac: str, data: str, message: Message) -> tuple[Groups, dict[str, Groups]] | None:
        """Read an advertisement; None for one that was read before."""
        keys = {mac_of(name) or name: key for name, key in self.settings.keys.items()}
        found = read_service_data(bytes.fromhex(data), mac, keys.get(mac) or keys.get(""))
        number = found.packet if found.counter is None else found.counter
        if number is not None:
            before = self._last.get(mac)
            is_counter = found.counter is not None
            if before and number == before[0] and (is_counter or message.received_at - before[1] < _REPEATED_WITHIN):
                return None
            if before and is_counter and _RESTARTED <= number < before[0]:
                return None
            if len(self._last) > _MOST_DEVICES:
                self._last.clear()
            self._last[mac] = (number, message.received_at)
        return found.groups, found.of_parts


def _is_bthome(heard: Mapping[str, Any]) -> bool:
    uuid = (text(heard.get("servicedatauuid")) or "").lower().removeprefix("0x")
    return uuid.endswith("fcd2") or uuid.startswith("0000fcd2")


def _groups_of(heard: Mapping[str, Any]) -> tuple[Groups, dict[str, tuple[object, Groups]]]:
    groups: Groups = {}
    of_parts: dict[str, tuple[object, Groups]] = {}
    for name, value in heard.items():
        if value is None or number(value) in _INVALID:
            continue
        if name in _FIELDS:
            _FIELDS[name].put(value, groups)
        elif numbered := _NUMBERED.fullmatch(name):
            block, inner = of_parts.setdefault(numbered[2], ({}, {}))
            assert isinstance(block, dict)  # noqa: S101 - made above
            block[name] = value
            _FIELDS[numbered[1]].put(value, inner)
        elif name == "tempf" and "tempc" not in heard and _FAHRENHEIT:
            _FAHRENHEIT.put(value, groups)
        elif name in ("btn", "button") and (press := text(value)):
            groups["event"] = {"type": "button", "name": press}
    return groups, of_parts


def _nothing(message: Message) -> Meaning:
    return NOTHING
