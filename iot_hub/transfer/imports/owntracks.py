"""The store of OwnTracks' Recorder: a ``.rec`` file a month, a message a line.

    2024-03-01T09:03:09Z <tab> * <tab> {"_type":"location","tst":1709283789,…}

Facts: owntracks/recorder, README.md. The first column is when the recorder got the message; when it was measured stands
in the message. A last will says only when the app had connected, and a waypoint is a region: neither has a reading.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from iot_hub.event import Event, Rejected
from iot_hub.sources import owntracks
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.transfer.imports.lines import lines_of
from iot_hub.transfer.imports.own_event import carried_event
from iot_hub.transfer.imports.record import Ignored, ImportResult, events_of
from iot_hub.transfer.imports.stream import Stream

_NO_READINGS = frozenset({"lwt", "waypoint", "waypoints", "card", "cmd", "request", "configuration", "dump"})
_decode = msgspec.json.Decoder(dict[str, object]).decode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a file, encrypted messages with the key."""
    for index, line in enumerate(lines_of(stream)):
        message = line[line.find(b"{") :] if b"{" in line else line.rpartition(b"\t")[2]
        yield from events_of(index, message, _items, message, context)


def _items(message: bytes, context: ParseContext) -> list[ImportResult]:
    if own := carried_event(message, context):
        return [own]
    if _decode(message).get("_type") in _NO_READINGS:
        return [Ignored("no_reading")]
    return [_dated(item) for item in owntracks.parse(message, context)] or [Ignored("no_reading")]


def _dated(item: Event | Rejected) -> Event | Rejected:
    """Reject what only its receipt would date, which was years ago."""
    if isinstance(item, Event) and item.time_source == "received":
        raise NotStorableError("time_missing")
    return item
