"""Whether events mean what a fixture's ``NAME.expected.json`` says. tests/fixtures/README.md has the format."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from paths import FIXTURES

from iot_hub.event import Event
from iot_hub.sources import ParseContext
from iot_hub.transfer.decode import decode_file, decode_import
from iot_hub.transfer.imports.formats import FORMATS
from iot_hub.transfer.imports.recognition import recognised

FILE = ("file",)
SENT = ("http-body", "http-query", "http-requests", "mqtt", "command-output")

FIELDS = {
    "lat": ("location", "latitude"),
    "lon": ("location", "longitude"),
    "altitude_m": ("location", "altitude_m"),
    "accuracy_m": ("location", "fix_accuracy_m"),
    "vertical_accuracy_m": ("location", "fix_vertical_accuracy_m"),
    "speed_ms": ("location", "fix_speed_ms"),
    "bearing_deg": ("location", "bearing"),
    "battery_percent": ("battery", "remaining_percent"),
    "charging": ("battery", "charging"),
    "availability": ("network", "availability"),
}
UNITS = {
    "°C": "_C", "mAh": "_mAh", "mA": "_mA", "hPa": "_hPa", "m/s": "_ms", "%": "_percent", "m": "_m", "dBm": "_dBm", "V": "_V", "A": "_A",
    "W": "_W", "Wh": "_Wh", "lx": "_lx", "km/h": "_kmh", "ppm": "_ppm", "km": "_km",
}  # fmt: skip


@dataclass(frozen=True)
class Fixture:
    """A payload, and what a correct hub gets from it."""

    payload: Path
    expected: Mapping[str, Any]

    @property
    def source(self) -> str:
        return self.payload.parent.name


def fixtures(source: str | None = None, kinds: Sequence[str] = SENT) -> list[Fixture]:
    """Every fixture of a source, of such kinds."""
    found = []
    for path in sorted(FIXTURES.glob(f"{source or '*'}/*.expected.json")):
        expected = json.loads(path.read_text())
        if expected["kind"] in kinds:
            found.append(Fixture(FIXTURES.parent / "fixtures" / expected["fixture"], expected))
    return found


def events_of(fixture: Fixture) -> list[Event]:
    """What the source makes of the payload; none of it may be rejected."""
    assumed = fixture.expected.get("assume", {})
    # A command's output is dated by who runs it.
    at = assumed.get("captured_at") or assumed.get("received_at", "2025-10-01T12:00:00Z")
    received = datetime.fromisoformat(at)
    context = ParseContext(
        received_at=round(received.timestamp() * 1_000_000),
        content_type=fixture.expected.get("deliver", {}).get("headers", {}).get("Content-Type", ""),
        time_zone=ZoneInfo(assumed.get("timezone", "UTC")),
        key=assumed.get("encryption_key"),
        # Some payloads were made up for a later day.
        now=round(datetime(2026, 12, 31, tzinfo=UTC).timestamp() * 1_000_000),
    )
    content = fixture.payload.read_bytes()
    if fixture.expected["kind"] in FILE:
        events, rejected = decode_import(FORMATS[recognised(content) or ""], fixture.payload, context)
    else:
        events, rejected = decode_file(fixture.source, content, context)
    assert rejected == []
    return events


def assert_means(fixture: Fixture) -> None:
    """Each record is met by an event, no position is more than told, nothing untold is known."""
    events = events_of(fixture)
    told = [reading for event in events for reading in _readings(event)]
    records = fixture.expected["records"]
    for record in records:
        if not record.get("optional"):
            assert any(_meets(record, *reading) for reading in told), (record, told)
    positions = {
        (record.get("timestamp_utc"), record["lat"], record["lon"]) for record in records if "lat" in record
    }  # fmt: skip
    known = {
        (time, properties["location"]["latitude"], properties["location"]["longitude"])
        for time, _, properties in told
        if "location" in properties
    }
    assert len(known) <= len(positions), known
    named = {record["device"] for record in records if "device" in record}
    if fixture.expected["kind"] in FILE and named:
        assert {event.device for event in events} == named


Reading = tuple[int, Event, Mapping[str, Any]]


def _readings(event: Event) -> list[Reading]:
    """A fix with a time of its own is told apart from the event that reports it."""
    properties = json.loads(event.properties)
    fix_time = properties.get("location", {}).get("fix_timestamp")
    if fix_time is None:
        return [(event.device_time, event, properties)]
    rest = {name: group for name, group in properties.items() if name != "location"}
    fix = (round(fix_time * 1e6), event, {"location": properties["location"]})
    return [(event.device_time, event, rest), fix]


def _meets(record: Mapping[str, Any], time: int, event: Event, properties: Mapping[str, Any]) -> bool:
    for field, (group, name) in FIELDS.items():
        given = properties.get(group, {}).get(name)
        if field in record and not _same(record[field], given):
            return False
        # Without its own place in the record: a value may still be among its "values".
        if field not in record and given is not None and not _valued(record, given):
            return False
    if "timestamp_utc" in record:
        if abs(time / 1e6 - datetime.fromisoformat(record["timestamp_utc"]).timestamp()) > 0.0011:
            return False
    elif record.get("timestamp_source") == "receive_time" and event.time_source != "received":
        return False
    if "event" in record and properties.get("event", {}).get("type") != record["event"]["type"]:
        return False
    leaves = list(_leaves(properties, event.source))
    return all(_is_there(value, leaves) for value in record.get("values", ()))


def _valued(record: Mapping[str, Any], given: object) -> bool:
    return any(_same(value["value"], given) for value in record.get("values", ()))


def _is_there(value: Mapping[str, Any], leaves: Sequence[tuple[str, object, bool]]) -> bool:
    if value.get("unit") == "A" and isinstance(value["value"], int | float):
        # A battery's current has its place in milliamperes.
        in_milliamperes = {**value, "value": value["value"] * 1000, "unit": "mA"}
        return _is_there(in_milliamperes, leaves) or _is_as_told(value, leaves)
    return _is_as_told(value, leaves)


def _is_as_told(value: Mapping[str, Any], leaves: Sequence[tuple[str, object, bool]]) -> bool:
    suffix = UNITS.get(value.get("unit", ""))
    return any(
        _same(value["value"], leaf) and (suffix is None or (canonical and key.endswith(suffix)))
        for key, leaf, canonical in leaves
    )


def _leaves(value: object, source: str, key: str = "", *, canonical: bool = True) -> Iterator[tuple[str, object, bool]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, source, name, canonical=canonical and not (key == "" and name == source))
    else:
        yield key, value, canonical
        if isinstance(value, list):
            for inner in value:
                yield from _leaves(inner, source, key, canonical=canonical)


def _same(expected: object, given: object) -> bool:
    if isinstance(expected, bool) or isinstance(given, bool):
        return expected is given
    if isinstance(expected, int | float) and isinstance(given, int | float):
        return math.isclose(expected, given, rel_tol=1e-4 if abs(expected) < 1e3 else 1e-6, abs_tol=1e-9)
    return expected == given
