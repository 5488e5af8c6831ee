"""What Home Assistant is told of the hub's figures, and that the hub takes none of it for a device."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from jinja2 import Environment

from iot_hub.ingest.mqtt.home_assistant import Device, Figure, Location, Period, messages_of
from iot_hub.sources.mqtt import HomeReader, Meaning, Message

HOUR = Period(datetime(2025, 10, 1, 11, tzinfo=UTC), 12, 20.5, 21.25, 22.0)
DAY = Period(datetime(2025, 9, 30, 22, tzinfo=UTC), 140, 18.0, 20.125, 22.0)
TEMPERATURE = Figure("climate.temperature_C", "°C", HOUR, DAY)
ENERGY = Figure("energy.energy_Wh", "Wh", HOUR, DAY)
OWN = Figure("garden.bed-1.salt", "g/l", HOUR, None)
PLACE = Location(datetime(2025, 10, 1, 11, 58, tzinfo=UTC), 52.25, 21.0, 9.0)
SEEN = datetime(2025, 10, 1, 11, 59, tzinfo=UTC)


def device(**more: Any) -> Device:
    return Device(**({"id": 7, "name": "Balcony", "type": "sensor", "last_seen": SEEN, "battery_percent": 80.0} | more))


def payloads(of: Device, language: str = "en") -> dict[str, Any]:
    return {each.topic: json.loads(each.payload) for each in messages_of(of, language=language)}


def components(of: Device, language: str = "en") -> dict[str, dict[str, Any]]:
    found = payloads(of, language)["homeassistant/device/iot_hub_7/config"]["components"]
    assert isinstance(found, dict)
    return found


def rendered(template: str, value: object) -> str:
    return Environment(autoescape=False).from_string(template).render(value_json=value)


def test_the_states_are_the_newest_hour_and_the_day_so_far() -> None:
    assert payloads(device(figures=(TEMPERATURE, OWN)))["iot_hub_figures/7"] == {
        "last_seen": "2025-10-01T11:59:00Z",
        "battery": 80.0,
        "hour": {
            "climate.temperature_C": {
                "begins": "2025-10-01T11:00:00Z", "readings": 12, "min": 20.5, "avg": 21.25, "max": 22.0,
            },
            "garden.bed-1.salt": {
                "begins": "2025-10-01T11:00:00Z", "readings": 12, "min": 20.5, "avg": 21.25, "max": 22.0,
            },
        },
        "day": {
            "climate.temperature_C": {
                "begins": "2025-09-30T22:00:00Z", "readings": 140, "min": 18.0, "avg": 20.125, "max": 22.0,
            },
        },
    }  # fmt: skip


def test_a_description_leads_to_each_state_and_names_it_once() -> None:
    found = components(device(figures=(TEMPERATURE, OWN), location=PLACE))
    assert list(found) == [
        "last_seen", "battery", "climate_temperature_c_hour", "climate_temperature_c_day", "garden_bed_1_salt_hour",
        "garden_bed_1_salt_day", "location",
    ]  # fmt: skip
    assert len({each["unique_id"] for each in found.values()}) == len(found)
    hour = found["climate_temperature_c_hour"]
    assert (hour["name"], hour["device_class"], hour["unit_of_measurement"]) == (
        "Temperature, hour",
        "temperature",
        "°C",
    )
    states = payloads(device(figures=(TEMPERATURE, OWN)))["iot_hub_figures/7"]
    assert {key: rendered(each["value_template"], states) for key, each in found.items() if key != "location"} == {
        "last_seen": "2025-10-01T11:59:00Z",
        "battery": "80.0",
        "climate_temperature_c_hour": "21.25",
        "climate_temperature_c_day": "20.125",
        "garden_bed_1_salt_hour": "21.25",
        # Home Assistant's word for a value that is unknown.
        "garden_bed_1_salt_day": "None",
    }
    assert json.loads(rendered(hour["json_attributes_template"], states)) == states["hour"]["climate.temperature_C"]


def test_a_location_is_a_tracker_and_without_one_no_coordinate_is_said() -> None:
    of = device(location=PLACE)
    assert payloads(of)["iot_hub_figures/7/location"] == {
        "at": "2025-10-01T11:58:00Z", "latitude": 52.25, "longitude": 21.0, "gps_accuracy": 9.0,
    }  # fmt: skip
    tracker = components(of)["location"]
    assert (tracker["platform"], tracker["json_attributes_topic"]) == ("device_tracker", "iot_hub_figures/7/location")
    assert "latitude" not in json.dumps(payloads(device(figures=(TEMPERATURE,))))


def test_the_average_of_a_counter_is_not_said() -> None:
    assert "energy" not in json.dumps(payloads(device(figures=(ENERGY, TEMPERATURE))))


def test_a_device_without_battery_has_no_battery_and_names_are_in_the_owners_language() -> None:
    found = components(device(battery_percent=None, figures=(TEMPERATURE,)), "pl")
    assert "battery" not in found
    assert found["climate_temperature_c_day"]["name"] == "Temperatura, dzień"


@pytest.mark.parametrize(
    "topic",
    [
        *(each.topic for each in messages_of(device(figures=(TEMPERATURE,), location=PLACE))),
        "iot_hub_figures/status",
        # Home Assistant may repeat them in its own statestream.
        "ha/sensor/iot_hub_7_climate_temperature_c_hour/state",
        "ha/device_tracker/iot_hub_7_location/latitude",
    ],
)
def test_what_the_hub_says_is_no_device_to_it(topic: str) -> None:
    reader = HomeReader()
    # Statestream is known by its attributes.
    reader.read(Message("ha/sensor/other/unit_of_measurement", b'"x"', 0))
    said = {each.topic: each.payload for each in messages_of(device(figures=(TEMPERATURE,), location=PLACE))}
    assert reader.read(Message(topic, said.get(topic, b"21.5"), 0)) == Meaning()
