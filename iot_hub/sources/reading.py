"""Readings as the hub's own formats write them: ``{device_id, device_timestamp, properties}``, one or many a body.

The text of ``properties`` is checked, never rewritten: what is stored is what was sent.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import islice
from json import JSONDecodeError, JSONDecoder

import msgspec

from iot_hub.event import Event, EventWarning, ParseResult, Rejected
from iot_hub.sources.bounds import Payload, bounded
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, check_properties, reason_of
from iot_hub.sources.unreadable_location import location_is_unreadable
from iot_hub.timestamps import Microseconds, from_iso, from_unix


class _Reading(msgspec.Struct, gc=False):
    properties: msgspec.Raw = msgspec.Raw()
    device_id: int | str | None = None
    device_timestamp: int | float | str | None = None
    device_time: str | None = None


_reading = msgspec.json.Decoder(_Reading)
_array = msgspec.json.Decoder(list[msgspec.Raw])
_anything = msgspec.json.Decoder(msgspec.Raw)
_first_value = JSONDecoder().raw_decode
_BETWEEN = re.compile(r"[\s,]*")


def read_all(body: bytes, context: ParseContext, source: str) -> list[ParseResult]:
    """Read all readings of a body; a bad one spoils no other. Never raises."""
    try:
        payloads = _split(body.strip(), context)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return [Rejected(0, body, reason_of(error))]
    latest = context.latest
    return [read(payload, index, latest, source) for index, payload in enumerate(payloads)]


def read(payload: Payload, index: int, received_at: Microseconds, source: str) -> Event | Rejected:
    """Read one reading, the ``index``-th of its payload. Never raises."""
    try:
        reading = _reading.decode(payload)
        properties = bytes(reading.properties)
        decoded = check_properties(properties)
        device_time = _device_time(reading, received_at)
    except (RecursionError, ValueError) as error:  # What msgspec raises is a ValueError too.
        return Rejected(index, bytes(payload), reason_of(error))
    warning: EventWarning | None = "location_unreadable" if location_is_unreadable(decoded, properties) else None
    return Event(reading.device_id, device_time, properties, source, "measured", warning)


def _split(body: bytes, context: ParseContext) -> list[bytes] | list[msgspec.Raw]:
    if "ndjson" in context.content_type or "jsonl" in context.content_type:
        return _lines(body, context)
    if body.startswith(b"["):
        return bounded(_array.decode(body), context)
    # Some clients call anything text/plain: of several lines, the first alone tells.
    first, more, _ = body.partition(b"\n")
    if more and _is_json(first):
        return _lines(body, context)
    return _together([body], context) if b"}{" in body else [body]


def _lines(body: bytes, context: ParseContext) -> list[bytes]:
    lines = [line for line in body.split(b"\n") if line and not line.isspace()]
    return _together(lines, context) if b"}{" in body else bounded(lines, context)


def _together(lines: list[bytes], context: ParseContext) -> list[bytes]:
    """Split lines on which readings follow each other, no further than may come at once."""
    readings = (reading for line in lines for reading in _one_after_another(line))
    most = min(context.most_items + 1, sys.maxsize)
    return bounded(list(islice(readings, most)), context)


def _is_json(text: bytes) -> bool:
    try:
        _anything.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _one_after_another(body: bytes) -> Iterator[bytes]:
    """Split readings that a phone appended to a file with nothing between them; what is no JSON stays whole."""
    if b"}{" not in body or _is_json(body):
        yield body
        return
    try:
        text, start = body.decode(), 0
    except UnicodeDecodeError:
        yield body
        return
    while start < len(text):
        try:
            _, end = _first_value(text, start)
        except (JSONDecodeError, RecursionError):
            end = len(text)
        yield text[start:end].encode()
        start = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]


def _device_time(reading: _Reading, received_at: Microseconds) -> Microseconds:
    stamp = reading.device_timestamp
    if isinstance(stamp, str):
        number = _number(stamp)
        return from_iso(stamp, received_at) if number is None else from_unix(number, received_at)
    if stamp is not None:
        return from_unix(stamp, received_at)
    if reading.device_time is not None:
        return from_iso(reading.device_time, received_at)
    raise NotStorableError("time_missing")


def _number(text: str) -> int | float | None:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None
