"""μlogger for Android: each position as a form, after a login and a track's beginning, which bring no reading.

Facts: bfabiszewski/ulogger-android, WebHelper.java, DbAccess.java: ``time`` is Unix seconds, ``speed`` m/s, ``battery``
percent; a position with a picture comes as multipart/form-data. ``user`` and ``pass`` are not kept.
"""

from __future__ import annotations

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event, ParseResult
from iot_hub.properties.groups import EventDetails
from iot_hub.sources.batch_time import date_by_batch
from iot_hub.sources.bounds import Payload
from iot_hub.sources.canonical import Battery, Location, build_event, make_location, parse_time, text
from iot_hub.sources.form import Fields, fields_of, first, messages_of, require_meaning, stamp
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import events_of

WITHOUT_READING = frozenset({"auth", "addtrack"})
"""The actions that bring no reading."""

_CREDENTIALS = ("user", "pass")
_encode = msgspec.json.Encoder().encode


def parse(body: bytes, context: ParseContext) -> list[ParseResult]:
    """Read a form; or an array of JSON objects with its fields."""
    items = [
        item
        for index, part in enumerate(messages_of(body, context))
        for item in events_of(part, index, lambda payload: _events(payload, context))
    ]
    return date_by_batch(items, context)


def action_of(payload: bytes) -> str | None:
    """Return what a request asks for; None where that can't be read."""
    try:
        return text(first(fields_of(payload).fields, "action"))
    except (RecursionError, ValueError):  # What msgspec raises is a ValueError too.
        return None


def _events(payload: Payload, context: ParseContext) -> list[Event]:
    fields = fields_of(payload).fields
    if first(fields, "action") in WITHOUT_READING:
        return []
    return [_event({name: value for name, value in fields.items() if name not in _CREDENTIALS}, context)]


def _event(fields: Fields, context: ParseContext) -> Event:
    note = text(first(fields, "comment"))
    event = build_event(
        "ulogger",
        _encode(fields),
        parse_time(stamp(fields, "time"), context),
        location=_location(fields),
        battery=Battery(remaining_percent=sentinels.battery(first(fields, "battery"))),
        event=EventDetails(type="annotation" if note else None, text=note),
    )
    return require_meaning(event)


def _location(fields: Fields) -> Location | None:
    return make_location(
        first(fields, "lat"),
        first(fields, "lon"),
        altitude_m=sentinels.altitude(first(fields, "altitude")),
        bearing=sentinels.bearing(first(fields, "bearing")),
        fix_provider=text(first(fields, "provider")),
        fix_speed_ms=sentinels.speed(first(fields, "speed")),
        fix_accuracy_m=sentinels.accuracy(first(fields, "accuracy")),
    )
