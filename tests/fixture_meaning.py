"""Whether events mean what a fixture's ``NAME.expected.json`` says. tests/fixtures/README.md has the format."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from paths import FIXTURES

from iot_hub.event import Event
from iot_hub.sources import ParseContext
from iot_hub.sources.mqtt import HomeSettings
from iot_hub.timestamps import isoformat
from iot_hub.transfer.decode import decode_file, decode_import
from iot_hub.transfer.imports.formats import FORMATS
from iot_hub.transfer.imports.recognition import recognised
from iot_hub.transfer.mqtt_messages import DecodedMessages, decode_messages

FILE = ("file",)
SENT = ("http-body", "http-query", "http-requests", "command-output")
MQTT = ("mqtt",)


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
            found.append(Fixture(FIXTURES / expected["fixture"], expected))
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


def messages_of(fixture: Fixture) -> DecodedMessages:
    """What the messages of a home mean; none of them may be rejected."""
    assumed = fixture.expected["assume"]
    received = datetime.fromisoformat(assumed["received_at"])
    settings = HomeSettings(time_zone=ZoneInfo(assumed.get("timezone", "UTC")), keys=assumed.get("keys", {}))
    content = fixture.payload.read_bytes()
    decoded = decode_messages(content, round(received.timestamp() * 1_000_000), settings)
    assert decoded.rejected == []
    return decoded


def meaning_of(event: Event) -> dict[str, Any]:
    """Return an event in the words of an expected one; its source's own message, kept as it came, is left out."""
    properties = json.loads(event.properties)
    properties.pop(event.source, None)
    meaning: dict[str, Any] = {} if event.device is None else {"device": event.device}
    meaning["time"] = isoformat(event.device_time)
    if event.time_source != "measured":
        meaning["time_source"] = event.time_source
    return {**meaning, "properties": properties}


def assert_means(fixture: Fixture) -> None:
    """Compare a payload's events, in their order, with those expected."""
    assert [meaning_of(event) for event in events_of(fixture)] == fixture.expected["events"]
