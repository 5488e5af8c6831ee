"""Fields of a request: a query, a form, or one JSON object, recognised by the content alone.

Apps send forms without a Content-Type, and JSON as text/plain.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from iot_hub.sources.bounds import decode_object

Fields = dict[str, Any]

_NOTHING_SENT = re.compile(rb":\s*(?=[,}])")
_TRUTHS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def fields_of(payload: bytes | msgspec.Raw, *, is_template: bool = False) -> Fields:
    """Parse the fields of a payload; one that comes several times is a list. Raises msgspec.DecodeError.

    A template's JSON may lack values where its markers were empty: ``{"hdop":,"lat":52.1}``.
    """
    text = bytes(payload).strip()
    if text.startswith(b"{"):
        return _decode_template(text) if is_template else decode_object(text)
    fields: Fields = {}
    # A body that a person laid out may have a field a line, or a line before the fields; encoded text has no line ends.
    pairs = text.decode().replace("\r", "").replace("\n", "&")
    for name, value in parse_qsl(pairs, keep_blank_values=True, max_num_fields=500):
        if name in fields:
            known = fields[name]
            fields[name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            fields[name] = value
    return fields


def _decode_template(text: bytes) -> Fields:
    try:
        return decode_object(text)
    except msgspec.DecodeError:
        return decode_object(_NOTHING_SENT.sub(b":null", text))


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
    return value.strip().replace(" ", "+") if isinstance(value, str) and "T" in value else value


def truth(value: object) -> bool | None:
    """Return true or false, written as such, as text (Home Assistant says "on" and "off") or as 1 and 0."""
    if isinstance(value, bool):
        return value
    return _TRUTHS.get(str(value).strip().lower()) if isinstance(value, str | int) else None
