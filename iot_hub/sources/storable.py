"""What the database can hold: every source asks here before it calls something an event."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from iot_hub.event import Event, ParseResult, Rejected
from iot_hub.sources.bounds import MOST_VALUES, SURELY_FEW, Payload, TooManyValuesError, bounded, check_values
from iot_hub.sources.lenient import bounded_values
from iot_hub.sources.parse_context import ParseContext
from iot_hub.timestamps import DeviceTimeError

DEEPEST = 64
"""How deep properties may nest. Real ones nest three or four levels."""

# jsonb would take a number of 131,072 digits; no double precision holds one of 310. Those of a fraction may be as
# many: so jsonb writes the least numbers that there are.
_ENDLESS_NUMBER = re.compile(rb"(?<![.0-9])[0-9]{310}")
# The escape of U+0000: a backslash before it that is itself escaped makes it six characters of text.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
# 310 digits in a row cover at least three bytes in a row of each 99th: numbers of ordinary texts seldom do.
_STRIDE = 99
_MAYBE_ENDLESS = re.compile(rb"[0-9]{3}")
# Not by decode_object: the call would cost each event of a batch more than the check.
_json_object = msgspec.json.Decoder(dict[str, Any]).decode
_json_array = msgspec.json.Decoder(list[msgspec.Raw])


class NotStorableError(ValueError):
    """The argument is the reason's code."""


def check_properties(text: bytes) -> dict[str, Any]:
    """Return a JSON object decoded that can be stored as it is. Raises NotStorableError, or what decoding raises."""
    if not text:
        raise NotStorableError("properties_missing")
    if text[:1] != b"{":
        raise NotStorableError("properties_not_object")
    # Decoding proves UTF-8 and finite numbers. Its result is looked at only where the text
    # holds what jsonb, or a reader after it, would choke on.
    if len(text) > SURELY_FEW:
        check_values(text, MOST_VALUES)
    decoded = _json_object(text)
    if b"\\" in text and b"\\u0000" in text and _NUL.search(text):
        raise NotStorableError("nul_character")
    if text.count(b"{") + text.count(b"[") > DEEPEST and _is_deeper(decoded, DEEPEST):
        raise NotStorableError("too_deep")
    if _MAYBE_ENDLESS.search(text[::_STRIDE]) and _ENDLESS_NUMBER.search(text):
        raise NotStorableError("number_too_large")
    return decoded


def check_decoded(text: bytes) -> None:
    """Check a JSON object that a strict decoder has read already. Raises the same as ``check_properties``."""
    # To look for one byte is ten times quicker than for six.
    is_escaped = b"\\" in text and b"\\u0000" in text
    if is_escaped or text.count(b"{") + text.count(b"[") > DEEPEST or _MAYBE_ENDLESS.search(text[::_STRIDE]):
        check_properties(text)


def parts_of(body: bytes, context: ParseContext) -> list[Payload]:
    """Split a JSON array into its parts; anything else is one part, and nothing none. Raises TooManyItemsError."""
    body = body.strip()
    if not body.startswith(b"["):
        return [body] if body else []
    try:
        return list(bounded(_json_array.decode(body), context))
    except (msgspec.DecodeError, RecursionError):
        return list(bounded_values(body, context))


def events_of(payload: Payload, index: int, read: Callable[[Payload], list[Event]]) -> list[ParseResult]:
    """Read a part of a body, the ``index``-th; a part that can't be read is rejected whole, with the reason."""
    try:
        return list(read(payload))
    except (RecursionError, ValueError) as error:  # What msgspec raises is a ValueError too.
        return [Rejected(index, bytes(payload), reason_of(error))]


def reason_of(error: Exception) -> str:
    """Return the code of the reason why a payload is no event."""
    if isinstance(error, NotStorableError | DeviceTimeError):
        return str(error)
    if isinstance(error, TooManyValuesError):
        return "too_many_values"
    if isinstance(error, UnicodeError):
        return "invalid_utf8"
    if isinstance(error, RecursionError):
        return "too_deep"
    if isinstance(error, msgspec.ValidationError):
        return "number_too_large" if "out of range" in str(error) else "wrong_type"
    return "not_json"


def _is_deeper(value: dict[str, Any], most: int) -> bool:
    # Level by level: a hundred thousand values take milliseconds, not a function call each.
    level: list[Any] = [value]
    for _ in range(most - 1):
        level = [
            inner
            for each in level
            for inner in (each.values() if type(each) is dict else each)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return any(level)
