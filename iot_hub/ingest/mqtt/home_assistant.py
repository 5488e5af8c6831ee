"""What Home Assistant gets of the hub's own figures: a description of each device, and its states.

Facts: home-assistant.io, "MQTT: discovery" (device discovery: one configuration with its components), "MQTT sensor",
"MQTT device tracker". A sensor whose template gives ``None`` is unknown. Attributes are those of a JSON object. An
empty configuration deletes the device.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from iot_hub.properties.catalogue import catalogue
from iot_hub.sources.mqtt.own_topics import PREFIX

STATUS = f"{PREFIX}figures/status"
"""Whether the hub publishes: ``online``, or ``offline`` once the broker misses it."""
MAKER = "IoT Personal Hub"

_CLASSES: Mapping[str, str] = {
    "climate.temperature_C": "temperature",
    "climate.humidity_percent": "humidity",
    "climate.pressure_hPa": "atmospheric_pressure",
    "climate.illuminance_lx": "illuminance",
    "air.co2_ppm": "carbon_dioxide",
    "air.pm25_ugm3": "pm25",
    "air.pm10_ugm3": "pm10",
    "energy.power_W": "power",
    "energy.voltage_V": "voltage",
    "energy.current_A": "current",
    "battery.level": "battery",
    "battery.temperature": "temperature",
}
"""Home Assistant's classes of numbers, which it checks against their units."""
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "last_seen": "Last seen",
        "battery": "Battery",
        "location": "Location",
        "hour": "{name}, hour",
        "day": "{name}, day",
    },
    "pl": {
        "last_seen": "Ostatnio widziano",
        "battery": "Bateria",
        "location": "Położenie",
        "hour": "{name}, godzina",
        "day": "{name}, dzień",
    },
}


class Period(msgspec.Struct, frozen=True):
    """What the readings of an hour or a day were."""

    begins: datetime
    readings: int
    min: float | None
    avg: float | None
    max: float | None


class Figure(msgspec.Struct, frozen=True):
    """A number's newest hour, and its day so far."""

    metric: str
    unit: str | None
    hour: Period
    day: Period | None


class Location(msgspec.Struct, frozen=True):
    """The newest position, in degrees and metres."""

    at: datetime
    latitude: float
    longitude: float
    gps_accuracy: float | None


class Device(msgspec.Struct, frozen=True):
    """A device, as others may see it."""

    id: int
    name: str
    type: str
    last_seen: datetime | None
    battery_percent: float | None
    figures: tuple[Figure, ...] = ()
    location: Location | None = None


class FigureMessage(NamedTuple):
    """A message that the broker is to keep; an empty one deletes what it kept."""

    topic: str
    payload: bytes
    retain: bool = True


def messages_of(device: Device, *, language: str = "en") -> list[FigureMessage]:
    """Return a device's states, and then the configuration that describes them."""
    state, place = f"{PREFIX}figures/{device.id}", f"{PREFIX}figures/{device.id}/location"
    figures = list(_rolled_up(device.figures))
    states = {
        "last_seen": device.last_seen,
        "battery": device.battery_percent,
        "hour": {each.metric: each.hour for each in figures},
        "day": {each.metric: each.day for each in figures if each.day is not None},
    }
    messages = [FigureMessage(state, _json(states))]
    if device.location is not None:
        messages.append(FigureMessage(place, _json(device.location)))
    components = dict(_components(device, figures, state, place, _WORDS.get(language, _WORDS["en"]), language))
    configuration = {
        "device": {
            "identifiers": [f"{PREFIX}{device.id}"], "name": device.name, "manufacturer": MAKER, "model": device.type,
        },
        "origin": {"name": MAKER},
        "availability_topic": STATUS,
        "qos": 1,
        "components": components,
    }  # fmt: skip
    messages.append(FigureMessage(f"homeassistant/device/{PREFIX}{device.id}/config", _json(configuration)))
    return messages


def _components(
    device: Device, figures: Sequence[Figure], state: str, place: str, words: Mapping[str, str], language: str
) -> Iterable[tuple[str, dict[str, Any]]]:
    def component(key: str, name: str, platform: str = "sensor", **more: object) -> tuple[str, dict[str, Any]]:
        unique = f"{PREFIX}{device.id}_{key}"
        common = {"platform": platform, "unique_id": unique, "default_entity_id": f"{platform}.{unique}", "name": name}
        return key, common | {name: value for name, value in more.items() if value is not None}

    yield component(
        "last_seen", words["last_seen"], device_class="timestamp", entity_category="diagnostic", state_topic=state,
        value_template="{{ value_json.last_seen }}",
    )  # fmt: skip
    if device.battery_percent is not None:
        yield component(
            "battery", words["battery"], device_class="battery", unit_of_measurement="%", state_class="measurement",
            entity_category="diagnostic", state_topic=state, value_template="{{ value_json.battery }}",
        )  # fmt: skip
    labels = {each.metric: each.label for each in catalogue()}
    for figure in figures:
        metric, label = figure.metric, labels.get(figure.metric, {})
        for period in ("hour", "day"):
            values = f"(value_json.{period}[{metric!r}] | default({{}}))"
            yield component(
                f"{_slug(metric)}_{period}",
                words[period].format(name=label.get(language) or label.get("en") or metric),
                device_class=_CLASSES.get(metric), unit_of_measurement=figure.unit, state_class="measurement",
                state_topic=state, value_template=f"{{{{ {values}.avg | default('None') }}}}",
                json_attributes_topic=state, json_attributes_template=f"{{{{ {values} | tojson }}}}",
            )  # fmt: skip
    if device.location is not None:
        yield component("location", words["location"], "device_tracker", source_type="gps", json_attributes_topic=place)


def _rolled_up(figures: Iterable[Figure]) -> Iterable[Figure]:
    """Yield figures whose average means something: that of a counter is nothing."""
    counters = {each.metric for each in catalogue() if each.disclosure == "counter"}
    return (each for each in figures if each.metric not in counters)


def _slug(metric: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", metric.lower())


def _json(payload: object) -> bytes:
    return msgspec.json.encode(payload)
