"""How much one payload may hold, counted before objects are built of it.

A byte of JSON can become a hundred bytes of memory: ``{},`` is a dictionary. So a body has a bound of its parts, and
what is decoded at once a bound of its values, whatever its bytes are.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from iot_hub.errors import TooManyItemsError
from iot_hub.sources.parse_context import ParseContext

Payload = bytes | msgspec.Raw
Parts = TypeVar("Parts", list[bytes], list[msgspec.Raw], list[Payload])

MOST_VALUES = 100_000
"""In one event. Decoded they take 12 MB at most; real events hold dozens, a second of a fast sensor some thousands."""

SURELY_FEW = 2 * MOST_VALUES
"""Bytes: a value takes two at least, itself and what parts it from the next."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class TooManyValuesError(ValueError):
    """One part of a body holds too many values."""


def bounded(parts: Parts, context: ParseContext) -> Parts:
    """Return the parts of a body. Raises TooManyItemsError where there are more than may come at once."""
    if len(parts) > context.most_items:
        raise TooManyItemsError
    return parts


def decode_object(payload: Payload) -> dict[str, Any]:
    """Decode a JSON object. Raises TooManyValuesError, or what msgspec raises."""
    if len(payload) > SURELY_FEW:
        check_values(payload, MOST_VALUES)
    return _decode(payload)


def decode_any(text: bytes) -> Any:  # noqa: ANN401 - whatever JSON is
    """Decode any JSON. Raises the same."""
    check_values(text, MOST_VALUES)
    return msgspec.json.decode(text)


def check_values(payload: Payload, most: int) -> None:
    """Check that decoding a text creates no more objects than this. Raises TooManyValuesError."""
    if count_values(bytes(payload)) > most:
        raise TooManyValuesError


def count_values(text: bytes) -> int:
    """Return how many values a JSON text, or lines of it, hold at most: each follows one of these bytes."""
    return 1 + text.count(b",") + text.count(b"{") + text.count(b"[") + text.count(b"\n")
