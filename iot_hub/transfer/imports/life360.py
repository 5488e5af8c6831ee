"""The location history of Life360, as its web pages and interface give it.

    {"locations": [{"latitude": "52.78", "longitude": "21.28", "accuracy": "8", "timestamp": "1760515260", …}]}

Facts: home-assistant/core, homeassistant/components/life360/coordinator.py. Every number is text; an accuracy is in
feet, a speed is m/s, ``timestamp`` is the position's own time, and ``since`` when the stay there began.
"""

from __future__ import annotations

from collections.abc import Iterator

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.properties.groups import EventDetails
from iot_hub.sources.canonical import (
    Battery,
    build_checked_event,
    convert_unit,
    make_location,
    text,
)
from iot_hub.sources.form import first, truth
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.json_records import Record, records
from iot_hub.transfer.imports.record import ImportResult
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.times import moment_of

SOURCE = "life360"

FOOT_M = 0.3048


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a history."""
    return records(stream, context, ("locations",), _fixes)


def _fixes(record: Record, original: bytes, context: ParseContext) -> list[Event]:
    moment = moment_of(first(record, "timestamp", "endTimestamp", "startTimestamp", "since"), context)
    location = make_location(
        record.get("latitude"),
        record.get("longitude"),
        fix_speed_ms=sentinels.speed(record.get("speed")),
        fix_accuracy_m=convert_unit(sentinels.accuracy(record.get("accuracy")), FOOT_M),
    )
    battery = Battery(remaining_percent=sentinels.battery(record.get("battery")), charging=truth(record.get("charge")))
    place = text(record.get("name"))
    event = EventDetails(place=place) if place else None
    return [build_checked_event(SOURCE, original, moment, location=location, battery=battery, event=event)]
