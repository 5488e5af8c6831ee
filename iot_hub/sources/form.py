"""Fields of a request: a query, a form, one JSON object, or a query with one of these beside it.

They are recognised by the content alone: apps send forms without a Content-Type, and JSON as text/plain. Query and body
are one message: what the query says comes first, and the body adds to it. Of a batch (a JSON array) what each reading
says itself comes first, and the query adds to it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus, unquote_to_bytes

import msgspec

from iot_hub.event import Event
from iot_hub.sources.batch_time import RECEIVED
from iot_hub.sources.bounds import Payload
from iot_hub.sources.lenient import decode_item
from iot_hub.sources.multipart import is_multipart, multipart_fields
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, parts_of

Fields = dict[str, Any]

MOST_FIELDS = 500

_encode = msgspec.json.Encoder().encode
_TRUTHS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


class Form(msgspec.Struct, frozen=True):
    """The fields of a message, and the JSON that is stored of it: its own text where it came as JSON alone."""

    fields: Fields
    text: Payload


def join(query: bytes, body: bytes) -> bytes:
    """Join a query and a body to one payload: ``?``, the query, a line end, the body. One alone stays as it is."""
    if not body or body.isspace():
        return query
    return b"?%b\n%b" % (query, body) if query else body


def messages_of(payload: bytes, context: ParseContext) -> list[Payload]:
    """Split a payload into messages; where it holds nothing, that is one. Raises TooManyItemsError."""
    query, body = _parted(payload)
    parts = parts_of(body, context)
    if not query:
        return parts or [payload]
    if body.startswith(b"["):
        return [_within(query, part) for part in parts] if any(map(_is_readable, parts)) else [query, *parts]
    # What can't be read of the body doesn't hide the query.
    return [payload] if all(map(_is_readable, parts)) else [query, *parts]


def fields_of(payload: Payload, *, is_template: bool = False) -> Form:
    """Read a message; a field that comes several times is a list. Raises msgspec.DecodeError, or ValueError.

    The texts in a template's JSON are URL-encoded: its markers are filled with what fits into a query.
    """
    query, body = _parted(bytes(payload))
    text: Payload | None = None
    if body.startswith(b"{"):
        fields, text = decode_item(body)
        if is_template:
            fields, text = unquoted(fields), None
    else:
        fields = _parse(body)
    if query:
        fields = {**_given(fields), **_given(_parse(query))}
        text = None
    return Form(fields, _encode(fields) if text is None else text)


def require_meaning(event: Event) -> Event:
    """Return an event that says anything: a time, a device, a measurement. Raises NotStorableError."""
    if event.device is None and event.properties.startswith(RECEIVED + b'"%b":' % event.source.encode()):
        raise NotStorableError("nothing_told")
    return event


def _parted(payload: bytes) -> tuple[bytes, bytes]:
    """Part a payload into its query, empty unless there is a body beside it, and the rest."""
    if not payload.startswith(b"?"):
        return b"", payload.strip()
    query, _, body = payload[1:].partition(b"\n")
    return query, body.strip()


def _within(query: bytes, part: Payload) -> Payload:
    return _encode({**_given(_parse(query)), **_given(decode_item(part)[0])}) if _is_readable(part) else part


def _is_readable(part: Payload) -> bool:
    text = bytes(part)
    try:
        _ = decode_item(text) if text.startswith(b"{") else _parse(text)
    except (ValueError, RecursionError):  # What msgspec raises is a ValueError too.
        return False
    return True


def _given(fields: Mapping[str, Any]) -> Fields:
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _parse(text: bytes) -> Fields:
    """Parse a form, urlencoded or of several parts. Raises ValueError."""
    pairs = _multipart_pairs(text) if is_multipart(text) else _pairs(text)
    fields: Fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    fields = {}
    for name, value in pairs:
        if name in fields:
            known = fields[name]
            fields[name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            fields[name] = value
    return fields


def _pairs(text: bytes) -> list[tuple[str, str]]:
    # A body that a person laid out may have a field a line, or a line before the fields; encoded text has no line ends.
    pairs = _decoded(text).replace("\r", "").replace("\n", "&").split("&")
    if len(pairs) > MOST_FIELDS:
        raise ValueError("too many fields")
    try:
        return split_pairs(pairs, "utf-8")
    except UnicodeDecodeError:
        return split_pairs(pairs, "latin-1")


def split_pairs(pairs: list[str], encoding: str) -> list[tuple[str, str]]:
    """Return the names and values of encoded pairs, as urllib's parse_qsl() does, in a third of its time.

    Most names and numbers have nothing to decode. Raises UnicodeDecodeError for what is not in the encoding.
    """
    found = []
    for pair in pairs:
        if pair:
            name, _, value = pair.partition("=")
            if "%" in pair or "+" in pair:
                name, value = _unquoted(name, encoding), _unquoted(value, encoding)
            found.append((name, value))
    return found


def _unquoted(text: str, encoding: str) -> str:
    if "%" not in text and "+" not in text:
        return text
    # Of ASCII all is decoded at once, in a third of the time.
    return (
        unquote_to_bytes(text.replace("+", " ")).decode(encoding)
        if text.isascii()
        else unquote_plus(text, encoding, "strict")
    )


def _multipart_pairs(text: bytes) -> list[tuple[str, str]]:
    return [(_decoded(name), _decoded(value).strip()) for name, value in multipart_fields(text)]


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def unquoted(fields: Fields) -> Fields:
    """Decode URL-encoded texts of a JSON object: templates are filled with encoded values."""
    return {name: unquote_plus(value) if isinstance(value, str) else value for name, value in fields.items()}


def first(fields: Fields, *names: str) -> Any:  # noqa: ANN401
    """Return the first of some fields that is not empty."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, list):
            value = value[0] if value else None
        if value not in (None, ""):
            return value
    return None


def stamp(fields: Fields, *names: str) -> Any:  # noqa: ANN401
    """Return the first of some times. A "+" that was not encoded comes as a space, which no ISO time has."""
    value = first(fields, *names)
    if not isinstance(value, str):
        return value
    digits = value if value.isascii() else "".join(map(_ascii_digit, value))
    return digits.strip().replace(" ", "+") if "T" in digits else digits


def _ascii_digit(character: str) -> str:
    """Return a digit of any script as 0 to 9: phones format numbers and times as their language does."""
    return str(unicodedata.decimal(character)) if character.isdecimal() else character


def truth(value: object) -> bool | None:
    """Return true or false, written as such, as text (Home Assistant says "on" and "off") or as 1 and 0."""
    if isinstance(value, bool):
        return value
    return _TRUTHS.get(str(value).strip().lower()) if isinstance(value, str | int) else None
