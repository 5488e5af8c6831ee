"""Every name of the catalogue is sent by something, and nothing else is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from fixture_meaning import FILE, SENT, fixtures
from paths import ROOT

from iot_hub.agent.car import rounds
from iot_hub.agent.sensors import battery, gpsd, temperature, termux
from iot_hub.properties.catalogue import catalogue
from iot_hub.properties.groups import STRUCTS
from iot_hub.sources import homeassistant

Name = tuple[str, str]

CLASSES = {struct.__name__: group for group, struct in STRUCTS.items()}
TABLES = (
    *homeassistant._UNITS.values(),
    *homeassistant._SENSORS.values(),
    *((group, name) for words in homeassistant._WORDS.values() for _, group, name in words),
    *((group, key) for _, group, key, *_ in termux._PLACES),
)
SENSORS = {"battery": battery, "location": gpsd, "machine": temperature}


def built() -> Iterator[Name]:
    """Yield what the sources and readers build groups of."""
    for folder in ("sources", "transfer/imports"):
        for path in sorted((ROOT / "iot_hub" / folder).glob("*.py")):
            for call in ast.walk(ast.parse(path.read_text())):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in CLASSES:
                    yield from ((CLASSES[call.func.id], each.arg) for each in call.keywords if each.arg)
                elif isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "make_location":
                    yield from (("location", each.arg) for each in call.keywords if each.arg)


def named() -> Iterator[Name]:
    """Yield the names in the tables of what MQTT devices and cars send."""
    paths = {".".join(each.path): each.path for each in catalogue()}
    cars = (ROOT / "iot_hub" / "sources" / "torque.py", *sorted((ROOT / "iot_hub" / "obd").glob("*.py")))
    for path in (*sorted((ROOT / "iot_hub" / "sources" / "mqtt").glob("*.py")), *cars):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and node.value in paths:
                yield paths[node.value]


def sent() -> set[Name]:
    """Return every name that a source, a reader, a sensor of the agent or a recipe of the documentation sends."""
    found = {(group, name) for group, name, *_ in TABLES}
    found |= set(built())
    # What the agent and Automate send under the hub's own names is in their fixtures.
    for fixture in fixtures(kinds=(*SENT, *FILE)):
        for event in fixture.expected["events"]:
            found |= {
                (group, name) for group, values in event["properties"].items() if group in STRUCTS for name in values
            }
    found |= set(named())
    for group, sensor in SENSORS.items():
        text = Path(sensor.__file__ or "").read_text()
        found |= {(group, name) for name in STRUCTS[group].__struct_fields__ if f'"{name}":' in text}
    text = Path(rounds.__file__ or "").read_text()
    found |= {("vehicle", name) for name in STRUCTS["vehicle"].__struct_fields__ if f'vehicle["{name}"]' in text}
    return found


def test_every_name_of_the_catalogue_is_sent_by_a_source_a_reader_or_the_agent() -> None:
    names = {each.path for each in catalogue()}
    assert names - sent() == set()


def test_a_position_has_only_names_of_the_catalogue() -> None:
    """What make_location() passes on, no type checker sees."""
    assert set(built()) <= {each.path for each in catalogue()}
