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
from collections.abc import Iterable, Iterator

import msgspec

from iot_hub.event import Event, Rejected
from iot_hub.sources import owntracks
from iot_hub.sources.owntracks import device_of
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.transfer.imports.json_records import records
from iot_hub.transfer.imports.lines import lines_of
from iot_hub.transfer.imports.own_event import KEY, OWN_TAG, carried_event
from iot_hub.transfer.imports.record import Ignored, ImportResult, events_of
from iot_hub.transfer.imports.stream import Stream, head_of
from iot_hub.transfer.imports.tags import tag_of, tags_written

_NO_READINGS = frozenset({"lwt", "waypoint", "waypoints", "card", "cmd", "request", "configuration", "dump"})
_of_store = re.compile(r"(?:^|/)rec/([^/]+)/([^/]+)/[^/]+\.rec$").search
_is_answer = re.compile(rb'\[|\{[^{}\[\]]*"data"\s*:\s*\[').match
_decode = msgspec.json.Decoder(dict[str, object]).decode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a file, encrypted messages with the key."""
    context = with_topic(context)
    if _is_answer(head_of(stream).removeprefix(codecs.BOM_UTF8).lstrip()):
        yield from records(stream, context, ("data", ""), _answered)
        return
    for index, line in enumerate(lines_of(stream)):
        message = line[line.find(b"{") :] if b"{" in line else line.rpartition(b"\t")[2]
        yield from events_of(index, message, _items, message, context)


def tags_in(stream: Stream, context: ParseContext) -> Iterator[str]:
    """Yield the devices of topics; where a file has none, that of its folder, or the trackers' short ids."""
    head, topic = head_of(stream), with_topic(context).topic
    if KEY.encode() in head:
        yield from tags_written(stream, OWN_TAG)
    elif b'"topic"' in head:
        yield from filter(None, map(device_of, tags_written(stream, rb'"topic"\s*+:\s*+')))
    elif device := device_of(topic or ""):
        yield device
    else:
        yield from tags_written(stream, rb'"tid"\s*+:\s*+')


def with_topic(context: ParseContext) -> ParseContext:
    """Return the context of a file in the Recorder's store, whose folder names its device: ``rec/USER/DEVICE/…``."""
    found = _of_store(context.file)
    return msgspec.structs.replace(context, topic=f"owntracks/{found[1]}/{found[2]}") if found else context


def _answered(_: object, message: bytes, context: ParseContext) -> list[ImportResult]:
    return _items(message, context)


def _items(message: bytes, context: ParseContext) -> list[ImportResult]:
    if own := carried_event(message, context):
        return [own]
    said = _decode(message)
    if said.get("_type") in _NO_READINGS:
        return [Ignored("no_reading")]
    return dated(owntracks.parse(message, context), said.get("tid")) or [Ignored("no_reading")]


def dated(items: Iterable[Event | Rejected], tracker: object = None) -> list[ImportResult]:
    """Reject what only its receipt would date, which was years ago; the rest is the tracker's if it names no device."""
    named: list[ImportResult] = []
    for item in items:
        if isinstance(item, Event) and item.time_source == "received":
            raise NotStorableError("time_missing")
        is_nameless = tracker is not None and isinstance(item, Event) and item.device is None
        named.append(msgspec.structs.replace(item, device=tag_of(tracker)) if is_nameless else item)
    return named
