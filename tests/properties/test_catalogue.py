"""The catalogue of properties does not contradict itself, and every fixture's meaning is in it."""

from __future__ import annotations

import importlib.util
import json

import pytest
from fixture_meaning import FILE, MQTT, SENT, fixtures
from paths import ROOT

from iot_hub.agent.sensors import battery, command, gpsd, termux
from iot_hub.dashboard.translations import LANGUAGES
from iot_hub.properties.catalogue import Property, catalogue, read_catalogue
from iot_hub.properties.groups import STRUCTS
from iot_hub.sources import homeassistant
from iot_hub.sources.canonical import typed_groups

BY_KEY = {(each.group, name): each for each in catalogue() for name in (each.key, *each.aliases)}


def test_every_property_has_a_label_in_every_language_of_the_dashboard() -> None:
    for each in catalogue():
        assert set(each.label) == set(LANGUAGES), each.path
        assert all(label.strip() == label != "" for label in each.label.values()), each.path


def test_no_two_numbers_of_a_group_have_one_label() -> None:
    for language in LANGUAGES:
        labels = [(each.group, each.label[language]) for each in catalogue()]
        assert len(labels) == len(set(labels))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[air.co2_ppm]\nlabel = {}\nunit = "ppm"', "disclosure"),
        ('[air.co2_ppm]\nlabel = {}\nunit = "ppm"\ndisclosure = "little"', "disclosure"),
        ('[air.co2_ppm]\nlabel = {}\nunit = "ppm"\ndisclosure = "measurement"\npublished = true', "range"),
        ('[air.co2_ppm]\nlabel = {}\ndisclosure = "measurement"\nrolled_up = true', "unit"),
        ('[air.co2_ppm]\nlabel = {}\nunit = "ppm"\ndisclosure = "measurement"\nrange = [2, 1]', "range"),
        ('[air.co2_ppm]\nlabel = {}\nunit = "ppm"\ndisclosure = "measurement"\nrolledup = true', "rolledup"),
        ('[air."co2.ppm"]\nlabel = {}\nunit = "ppm"\ndisclosure = "measurement"', "name"),
        ('[motion.activity]\nlabel = {}\nkind = "enumeration"\ndisclosure = "measurement"', "words"),
        ('[event.name]\nlabel = {}\nkind = "text"\npublished = true', "text"),
        ('[event.name]\nlabel = {}\nkind = "text"\nunit = "m"', "number"),
        (
            '[network.dBm]\nlabel = {}\nunit = "1"\ndisclosure = "measurement"\nrange = [0, 1]\npublished = true',
            "place",
        ),
        ('[location.z_m]\nlabel = {}\nunit = "m"\ndisclosure = "measurement"\naliases = ["z"]', "aliases"),
        ('[a.b]\nlabel = {}\nkind = "text"\n[a.c]\nlabel = {}\nkind = "text"\naliases = ["b"]', "path"),
        ('[a.b]\nlabel = {}\nkind = "text"\n[a.c]\nlabel = {}\nkind = "text"\nmetric = "a.b"', "metric"),
    ],
)
def test_a_catalogue_that_contradicts_itself_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_catalogue(text.encode())


def test_every_property_of_every_fixture_is_in_the_catalogue() -> None:
    unknown = {
        (str(fixture.payload), group, key)
        for fixture in fixtures(kinds=(*SENT, *FILE, *MQTT))
        for event in fixture.expected["events"]
        for group, values in event["properties"].items()
        if group != "time_source"
        for key, value in values.items()
        if not _is_of(BY_KEY.get((group, key)), value)
    }
    assert unknown == set()


def _is_of(found: Property | None, value: object) -> bool:
    """Whether a value is of a property's type. A tracker may name several activities at once; a state has any type."""
    if found is None or value is None:
        return found is not None
    types = {"number": (int, float), "boolean": (bool,), "enumeration": (str, list), "text": (str,)}[found.kind]
    is_state = (found.group, found.key) == ("state", "value")
    return is_state or (isinstance(value, types) and not (found.kind == "number" and isinstance(value, bool)))


def test_every_published_word_of_the_fixtures_is_one_of_its_property() -> None:
    for fixture in fixtures(kinds=(*SENT, *FILE, *MQTT)):
        for event in fixture.expected["events"]:
            battery = event["properties"].get("battery", {})
            if state := battery.get("state"):
                assert state in (BY_KEY["battery", "state"].words or []), json.dumps(event)


def test_the_types_of_groups_are_those_of_the_catalogue() -> None:
    spec = importlib.util.spec_from_file_location("write_groups", ROOT / "scripts" / "write_groups.py")
    assert spec and spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.FILE.read_text(encoding="utf-8") == script.text(), "run `make docs`"


def test_each_key_of_the_catalogue_is_a_field_of_its_group() -> None:
    assert {(group, key) for group, struct in STRUCTS.items() for key in struct.__struct_fields__} == {
        each.path for each in catalogue()
    }


def test_what_stands_in_a_table_of_a_source_is_in_the_catalogue() -> None:
    named = {(group, key) for group, key, *_ in (*homeassistant._UNITS.values(), *homeassistant._SENSORS.values())}
    named |= {(group, key) for _, group, key, *_ in termux._PLACES}
    assert {(group, key) for group, key in named if key not in STRUCTS[group].__struct_fields__} == set()
    for unit, entity in (("%", "sensor.humidity"), ("%", "sensor.battery")):
        assert homeassistant.state_groups(entity, 41, unit, {"device_class": entity})


def test_a_key_that_is_not_in_the_catalogue_is_no_groups() -> None:
    with pytest.raises(TypeError, match="fuel"):
        typed_groups({"vehicle": {"fuel": 24}})
    with pytest.raises(KeyError, match="garage"):
        typed_groups({"garage": {"fuel_percent": 24}})


def test_the_agent_uses_no_other_names() -> None:
    # An agent's own command may be called by any of the others: they came later.
    assert set(command.GROUPS) == set(STRUCTS) - {"state", "contact", "light", "water", "weather"}
    fields = {
        "STATUS": "Charging", "CAPACITY": "55", "TECHNOLOGY": "Li-ion", "TEMP": "281", "VOLTAGE_NOW": "4100000",
        "CURRENT_NOW": "120000", "CHARGE_NOW": "2000000", "ENERGY_NOW": "7000000",
    }  # fmt: skip
    report = {"class": "TPV", "mode": 3, "lat": 52.2, "lon": 21.0, "time": "2026-01-01T12:00:00Z"}
    printed = [
        {"plugged": "UNPLUGGED", "percentage": 40},
        {"latitude": 52.2, "longitude": 21.0},
        {"bssid": "02:00:00:00:00:01", "rssi": -60},
        {"Step Counter": {"values": [12]}, "light": {"values": [30]}},
    ]
    said = [{"battery": battery.battery(fields)}, {"location": gpsd.location(report)}]
    said += [dict(groups) for each in printed for _, groups in termux.parse(json.dumps(each), 0)]
    for groups in said:
        assert typed_groups(groups), groups


def test_a_source_names_only_typed_groups() -> None:
    """Whoever builds an event of groups by their names alone asks nothing of the catalogue: a table's owner may."""
    users = {path.stem for path in (ROOT / "iot_hub").rglob("*.py") if "build_named_event(" in path.read_text()}
    assert users == {"canonical", "csv_format"}
