"""One reading as the hub's own formats write it: ``{device_id, device_timestamp, properties}``.

The text of ``properties`` is checked, never rewritten: what is stored is what was sent.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from iot_hub.device_time import DeviceTimeError, Microseconds, from_iso, from_unix
from iot_hub.event import Event, Rejected

DEEPEST = 64
"""How deep properties may nest. Real ones nest three or four levels."""

# jsonb would take a number of 131,072 digits; no double precision holds one of 310.
_ENDLESS_NUMBER = re.compile(rb"[0-9]{310}")
_DIGIT = re.compile(rb"[0-9]")


class _Reading(msgspec.Struct, gc=False):
    properties: msgspec.Raw = msgspec.Raw()
    device_id: int | str | None = None
    device_timestamp: int | float | str | None = None
    device_time: str | None = None


_reading = msgspec.json.Decoder(_Reading)
_json_object = msgspec.json.Decoder(dict[str, Any])


class _NotStorable(ValueError):
    """The argument is the reason's code."""


def read(payload: bytes | msgspec.Raw, index: int, received_at: Microseconds, source: str) -> Event | Rejected:
    """Read one reading, the ``index``-th of its payload. Never raises."""
    try:
        reading = _reading.decode(payload)
        properties = bytes(reading.properties)
        _check_properties(properties)
        device_time = _device_time(reading, received_at)
    except (_NotStorable, DeviceTimeError) as refusal:
        return Rejected(index, bytes(payload), str(refusal))
    except (UnicodeDecodeError, RecursionError, msgspec.DecodeError, ValueError) as error:
        return Rejected(index, bytes(payload), reason_of(error))
    return Event(reading.device_id, device_time, properties, source)


def reason_of(error: Exception) -> str:
    """Name the reason why a JSON text can't be decoded."""
    if isinstance(error, UnicodeDecodeError):
        return "invalid_utf8"
    if isinstance(error, RecursionError):
        return "too_deep"
    if isinstance(error, msgspec.ValidationError):
        return "number_too_large" if "out of range" in str(error) else "wrong_type"
    return "not_json"


def _device_time(reading: _Reading, received_at: Microseconds) -> Microseconds:
    stamp = reading.device_timestamp
    if isinstance(stamp, str):
        number = _number(stamp)
        return from_iso(stamp, received_at) if number is None else from_unix(number, received_at)
    if stamp is not None:
        return from_unix(stamp, received_at)
    if reading.device_time is not None:
        return from_iso(reading.device_time, received_at)
    raise _NotStorable("time_missing")


def _number(text: str) -> int | float | None:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None


def _check_properties(text: bytes) -> None:
    if not text:
        raise _NotStorable("properties_missing")
    if text[:1] != b"{":
        raise _NotStorable("properties_not_object")
    # Decoding proves UTF-8 and finite numbers. Its result is looked at only where the text
    # holds what jsonb, or a reader after it, would choke on.
    decoded = _json_object.decode(text)
    if b"\\" in text and b"\\u0000" in text and _holds_nul(decoded):
        raise _NotStorable("nul_character")
    if text.count(b"{") + text.count(b"[") > DEEPEST and _depth(decoded) > DEEPEST:
        raise _NotStorable("too_deep")
    # A run of 310 digits covers every 310th byte once: most texts are cleared by looking at one.
    if _DIGIT.search(text[309::310]) and _ENDLESS_NUMBER.search(text):
        raise _NotStorable("number_too_large")


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in key or _holds_nul(inner) for key, inner in value.items())
    return isinstance(value, list) and any(_holds_nul(inner) for inner in value)


def _depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner)) if inner else 1
