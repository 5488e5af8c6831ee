"""The owner's mapping of topics: what it reads, and which line is wrong."""

from __future__ import annotations

import pytest
from mqtt_world import groups, groups_of, read

from iot_hub.errors import UserError
from iot_hub.event import Event
from iot_hub.sources.mqtt import HomeReader, HomeSettings
from iot_hub.sources.mqtt.mapping import read_mappings

pytestmark = pytest.mark.pure

GARDEN = """
[[mapping]]
name = "garden"
topic = "garden/+/data"
device = "{1}-{id}"
label = "Bed {1}"
time = "at"

[mapping.values]
"climate.humidity_percent" = "air.humidity"
"climate.temperature_C" = { path = "air.temp", unit = "°F", unknown = [65535] }
"contact.open" = { path = "lid", on = "up" }
"state.on" = { path = "pump", inverted = true }
"garden_bed.level" = { path = "levels[1]", kind = "number", factor = 0.1 }
"""


def home(text: str) -> HomeReader:
    return HomeReader(HomeSettings(mappings=read_mappings(text.encode(), "home.toml")))


def test_a_mapping_reads_device_time_units_and_words() -> None:
    payload = {
        "id": 7,
        "at": 1759222800,
        "air": {"humidity": "61", "temp": 50},
        "lid": "up",
        "pump": 1,
        "levels": [0, 42],
    }
    meaning = read(home(GARDEN), "garden/roses/data", payload)
    assert groups_of(meaning) == {
        "garden/roses-7": {
            "climate": {"humidity_percent": 61, "temperature_C": 10.0},
            "contact": {"open": True},
            "state": {"on": False},
            "garden_bed": {"level": 4.2},
        }
    }
    [reading], [described] = meaning.readings, meaning.descriptions
    assert isinstance(reading.result, Event)
    assert (reading.result.device_time, reading.result.source) == (1_759_222_800_000_000, "garden")
    assert (described.device, described.label) == ("garden/roses-7", "Bed roses")


def test_what_is_unknown_or_missing_is_absent_and_a_message_of_no_device_is_nothing() -> None:
    reader = home(GARDEN)
    assert groups(reader, "garden/roses/data", {"id": 7, "air": {"temp": 65535}}) == {"garden/roses-7": {}}
    assert read(reader, "garden/roses/data", {"air": {"humidity": 1}}).readings == ()
    assert read(reader, "garden/roses/other", {"id": 7}).is_undescribed


@pytest.mark.parametrize(("stale", "readings"), [(True, 0), ("true", 0), (1, 0), (False, 1), (None, 1), ("no", 1)])
def test_a_message_that_says_that_it_repeats_what_is_known_is_no_reading(stale: object, readings: int) -> None:
    reader = home(
        '[[mapping]]\ntopic = "car"\ndevice = "car"\nunless = "meta.stale"\nvalues = { "air.co2_ppm" = "ppm" }'
    )
    assert len(read(reader, "car", {"ppm": 700, "meta": {"stale": stale}}).readings) == readings
    assert len(read(reader, "car", {"ppm": 700}).readings) == 1


def test_a_payload_that_is_the_value_itself_and_a_topic_with_all_levels() -> None:
    reader = home('[[mapping]]\ntopic = "wells/#"\ndevice = "{1}"\nvalues = { "water.level_percent" = "" }')
    assert groups(reader, "wells/north/2", "55.5") == {"mqtt/north/2": {"water": {"level_percent": 55.5}}}


def test_a_mapping_comes_before_every_protocol() -> None:
    reader = home('[[mapping]]\ntopic = "zigbee2mqtt/odd"\ndevice = "odd"\nvalues = { "air.co2_ppm" = "ppm" }')
    assert groups(reader, "zigbee2mqtt/odd", {"ppm": 700}) == {"mqtt/odd": {"air": {"co2_ppm": 700}}}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("nonsense", "home.toml is not TOML"),
        ("[[mapping]]\ntopic = 1", "mapping 1, key topic"),
        ('[[mapping]]\ntopic = "a"\ndevice = "b"', "values"),
        ('[[mapping]]\ntopic = "a+"\ndevice = "b"\nvalues = { "air.co2_ppm" = "" }', "mapping 1, key topic"),
        ('[[mapping]]\ntopic = "#/a"\ndevice = "b"\nvalues = { "air.co2_ppm" = "" }', "# is the last level"),
        ('[[mapping]]\ntopic = "a"\ndevice = "{1}"\nvalues = { "air.co2_ppm" = "" }', "0 wildcards"),
        ('[[mapping]]\ntopic = "a"\ndevice = "b"\nvalues = { "air.co3_ppm" = "" }', "values.air.co3_ppm: it is not in the catalogue"),
        ('[[mapping]]\ntopic = "a"\ndevice = "b"\nvalues = { "co2" = "" }', "values.co2: a property is a group and a key"),
        ('[[mapping]]\ntopic = "a"\ndevice = "b"\nvalues = { "air.co2_ppm" = "a..b" }', "no path"),
        ('[[mapping]]\ntopic = "a"\ndevice = "b"\nvalues = { "air.co2_ppm" = { path = "", unit = "kWh" } }', "'kWh' can't be converted to ppm"),
        ('[[mapping]]\ntopic = "a"\ndevice = "b"\nvalues = { "contact.open" = { path = "", unit = "V" } }', "a boolean has no unit"),
        ('[[mapping]]\ntopic = "a"\ndevice = "b"\nvalues = { "air.co2_ppm" = { path = "", on = "x" } }', "a number is not on or off"),
        ('[[mapping]]\ntopic = "a"\ndevice = "b"\nname = "climate"\nvalues = { "air.co2_ppm" = "" }', "a group of the catalogue"),
        ('[[mapping]]\ntopic = "a"\ndevice = "b"\nname = "No"\nvalues = { "air.co2_ppm" = "" }', "key name"),
        ('[[mapping]]\ntopic = "a"\ndevcie = "b"\nvalues = { "air.co2_ppm" = "" }', "devcie"),
    ],
)  # fmt: skip
def test_a_mapping_that_is_wrong_is_refused_with_its_table_and_key(wrong: str, words: str) -> None:
    with pytest.raises(UserError) as error:
        read_mappings(wrong.encode(), "home.toml")
    assert words in str(error.value)
    assert str(error.value).startswith("home.toml")
