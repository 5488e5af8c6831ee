"""Messages of a home, and what a reader makes of them."""

from __future__ import annotations

import json
from typing import Any

from iot_hub.event import Event
from iot_hub.sources.mqtt import HomeReader, Meaning, Message

NOW = 1_759_320_000_000_000
"""2025-10-01T12:00:00Z."""


def message(topic: str, payload: object, *, retained: bool = False, after: float = 0) -> Message:
    """A message: text as it is, anything else as JSON; ``after`` so many seconds."""
    text = payload if isinstance(payload, str | bytes) else json.dumps(payload)
    body = text.encode() if isinstance(text, str) else text
    return Message(topic, body, NOW + round(after * 1e6), retained)


def read(reader: HomeReader, topic: str, payload: object, *, retained: bool = False, after: float = 0) -> Meaning:
    return reader.read(message(topic, payload, retained=retained, after=after))


def groups_of(meaning: Meaning) -> dict[str, dict[str, Any]]:
    """The groups of each device that a message has a reading of, without the message itself."""
    found = {}
    for reading in meaning.readings:
        assert isinstance(reading.result, Event), reading.result
        properties = json.loads(reading.result.properties)
        properties.pop(reading.result.source)
        properties.pop("time_source", None)
        found[reading.device] = properties
    return found


def groups(reader: HomeReader, topic: str, payload: object) -> dict[str, dict[str, Any]]:
    return groups_of(read(reader, topic, payload))
