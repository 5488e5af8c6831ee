"""OwnTracks' Recorder: its store, a ``.rec`` file a month with a message a line, or what its interface answers.

    2024-03-01T09:03:09Z <tab> * <tab> {"_type":"location","tst":1709283789,…}

Facts: owntracks/recorder, README.md and API.md. The interface answers ``{"count": …, "data": [messages]}``, and an
array of messages where it is asked for the last ones. The first column is when the recorder got the message; when it
was measured stands in the message. A last will says only when the app had connected, and a waypoint is a region:
neither has a reading.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

import msgspec

from iot_hub.event import Event, Rejected
from iot_hub.sources import owntracks
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.transfer.imports.json_records import records
from iot_hub.transfer.imports.lines import lines_of
from iot_hub.transfer.imports.own_event import carried_event
from iot_hub.transfer.imports.record import Ignored, ImportResult, events_of
from iot_hub.transfer.imports.stream import Stream, head_of

_NO_READINGS = frozenset({"lwt", "waypoint", "waypoints", "card", "cmd", "request", "configuration", "dump"})
_is_answer = re.compile(rb'\[|\{[^{}\[\]]*"data"\s*:\s*\[').match
_decode = msgspec.json.Decoder(dict[str, object]).decode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a file, encrypted messages with the key."""
    if _is_answer(head_of(stream).removeprefix(codecs.BOM_UTF8).lstrip()):
        yield from records(stream, context, ("data", ""), _answered)
        return
    for index, line in enumerate(lines_of(stream)):
        message = line[line.find(b"{") :] if b"{" in line else line.rpartition(b"\t")[2]
        yield from events_of(index, message, _items, message, context)


def _answered(_: object, message: bytes, context: ParseContext) -> list[ImportResult]:
    return _items(message, context)


def _items(message: bytes, context: ParseContext) -> list[ImportResult]:
    if own := carried_event(message, context):
        return [own]
    if _decode(message).get("_type") in _NO_READINGS:
        return [Ignored("no_reading")]
    return [dated(item) for item in owntracks.parse(message, context)] or [Ignored("no_reading")]


def dated(item: Event | Rejected) -> Event | Rejected:
    """Reject what only its receipt would date, which was years ago."""
    if isinstance(item, Event) and item.time_source == "received":
        raise NotStorableError("time_missing")
    return item
