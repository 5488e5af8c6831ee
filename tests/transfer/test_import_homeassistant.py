"""Home Assistant's history as its interface and its database have it."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from imports import NOW, events, read, reasons
from recorder import SCHEMAS, write_recorder

from iot_hub.event import Event
from iot_hub.sources import ParseContext
from iot_hub.timestamps import isoformat
from iot_hub.transfer.imports.formats import FORMATS
from iot_hub.transfer.imports.record import ImportResult
from iot_hub.transfer.imports.stream import buffered

AT = 1_760_515_200.25
HOME = {"latitude": 52.82, "longitude": 21.32, "gps_accuracy": 8}


def meaning(event: Event) -> Any:
    properties = json.loads(event.properties)
    del properties["homeassistant"]
    return properties


def read_database(path: Path) -> list[ImportResult]:
    with buffered(io.FileIO(path)) as stream:
        return list(FORMATS["homeassistant"].read(stream, ParseContext(NOW)))


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_recorder_is_read_in_every_schema(tmp_path: Path, schema: str) -> None:
    states = [
        ("device_tracker.phone", "home", AT, HOME),
        ("sensor.attic", "21.5", AT + 1, {"unit_of_measurement": "°C"}),
        ("sensor.attic", "unavailable", AT + 2, None),
    ]
    found = events(read_database(write_recorder(tmp_path / "ha.db", states, schema)))
    assert [(event.device, meaning(event)) for event in found] == [
        (
            "device_tracker.phone",
            {"location": {"latitude": 52.82, "longitude": 21.32, "fix_accuracy_m": 8}, "event": {"place": "home"}},
        ),
        ("sensor.attic", {"climate": {"temperature_C": 21.5}, "state": {"value": 21.5}}),
        ("sensor.attic", {"network": {"availability": "offline"}}),
    ]
    assert isoformat(found[0].device_time) == "2025-10-15T08:00:00.250000Z"


def test_a_packed_database_is_read_too(tmp_path: Path) -> None:
    path = write_recorder(tmp_path / "ha.db", [("sensor.attic", "1", AT, {})])
    items = read("homeassistant", gzip.decompress(gzip.compress(path.read_bytes())))
    assert [event.device for event in events(items)] == ["sensor.attic"]


def test_a_state_of_nothing_says_nothing_and_one_without_an_entity_is_rejected(tmp_path: Path) -> None:
    path = write_recorder(tmp_path / "ha.db", [("sensor.gone", None, AT, {}), (None, "1", AT, {})])
    assert reasons(read_database(path)) == ["no_reading", "entity_missing"]


def test_a_database_of_another_program_is_refused_in_words(tmp_path: Path) -> None:
    path = write_recorder(tmp_path / "ha.db", [])
    foreign = path.read_bytes().replace(b"states", b"others")
    assert reasons(read("homeassistant", foreign)) == ["database_unknown"]


def test_a_damaged_database_is_told_after_what_was_whole(tmp_path: Path) -> None:
    path = write_recorder(tmp_path / "ha.db", [("sensor.attic", str(n), AT + n, {"n": "x" * 500}) for n in range(100)])
    items = read("homeassistant", path.read_bytes()[: path.stat().st_size // 2])
    assert reasons(items)[-1] == "damaged"


def test_places_of_zones_and_earthquakes_are_no_fixes() -> None:
    states = [[{"entity_id": f"{kind}.x", "state": "1", "attributes": HOME, "last_updated": "2025-10-15T08:00:00Z"}] for kind in ("zone", "geo_location", "weather")]  # fmt: skip
    assert [meaning(event).get("location") for event in events(read("homeassistant", json.dumps(states)))] == [None] * 3


def test_what_a_short_answer_leaves_out_is_taken_from_the_first_state_but_for_its_place() -> None:
    first = {
        "entity_id": "device_tracker.x",
        "state": "home",
        "attributes": HOME,
        "last_changed": "2025-10-15T08:00:00Z",
    }
    later = {"state": "not_home", "last_changed": "2025-10-15T09:00:00Z"}
    found = events(read("homeassistant", json.dumps([[first, later]])))
    assert [event.device for event in found] == ["device_tracker.x"] * 2
    assert meaning(found[1]) == {"event": {"place": "not_home"}}
