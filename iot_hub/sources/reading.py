"""Readings as the hub's own formats write them: ``{device_id, device_timestamp, properties}``, one or many a body.

The text of ``properties`` is checked, never rewritten: what is stored is what was sent.
"""

from __future__ import annotations

import contextlib
import sys
from itertools import islice

import msgspec

from iot_hub.event import Event, EventWarning, ParseResult, Rejected
from iot_hub.sources.bounds import Payload, bounded
from iot_hub.sources.lenient import bounded_values, repaired, values_of
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
        return _event(payload, received_at, source)
    except (RecursionError, ValueError) as error:  # What msgspec raises is a ValueError too.
        text = repaired(bytes(payload))
        reason = reason_of(error)
        if reason == "not_json" and text != payload:
            with contextlib.suppress(RecursionError, ValueError):
                return _event(text, received_at, source, "repaired")
        return Rejected(index, bytes(payload), reason)


def _event(payload: Payload, received_at: Microseconds, source: str, warning: EventWarning | None = None) -> Event:
    reading = _reading.decode(payload)
    properties = bytes(reading.properties)
    decoded = check_properties(properties)
    device_time = _device_time(reading, received_at)
    if location_is_unreadable(decoded, properties):
        warning = "location_unreadable"
    return Event(reading.device_id, device_time, properties, source, "measured", warning)


def _split(body: bytes, context: ParseContext) -> list[bytes] | list[msgspec.Raw]:
    if "ndjson" in context.content_type or "jsonl" in context.content_type:
        return _lines(body, context)
    if body.startswith(b"["):
        try:
            return bounded(_array.decode(body), context)
        except (msgspec.DecodeError, RecursionError):
            return bounded_values(body, context)
    # Some clients call anything text/plain: of several lines, the first alone tells.
    first, more, _ = body.partition(b"\n")
    if more and _is_json(first):
        return _lines(body, context)
    is_one = not body.startswith(b"{") or not (more or b"}{" in body) or _is_json(body)
    return [body] if is_one else bounded_values(body, context)


def _lines(body: bytes, context: ParseContext) -> list[bytes]:
    lines = [line for line in body.split(b"\n") if line and not line.isspace()]
    if b"}{" not in body:
        return bounded(lines, context)
    # Readings that a phone appended to a file with nothing between them.
    readings = (reading for line in lines for reading in ([line] if _is_json(line) else values_of(line)))
    return bounded(list(islice(readings, min(context.most_items + 1, sys.maxsize))), context)


def _is_json(text: bytes) -> bool:
    try:
        _anything.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


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
