"""The catalogue of properties does not contradict itself, and every fixture's meaning is in it."""

from __future__ import annotations

import json

import pytest
from fixture_meaning import FILE, SENT, fixtures

from iot_hub.dashboard.translations import LANGUAGES
from iot_hub.properties.catalogue import Property, catalogue, read_catalogue

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
        for fixture in fixtures(kinds=(*SENT, *FILE))
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
    for fixture in fixtures(kinds=(*SENT, *FILE)):
        for event in fixture.expected["events"]:
            battery = event["properties"].get("battery", {})
            if state := battery.get("state"):
                assert state in (BY_KEY["battery", "state"].words or []), json.dumps(event)
