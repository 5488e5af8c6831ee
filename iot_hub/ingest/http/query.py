"""Reads a query as bytes: whatever it holds, there is nothing in it that can't be read."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes


def query_fields(query_string: bytes) -> dict[bytes, list[bytes]]:
    """Return the values of each field that has any, decoded from ``%C5%81`` and ``+``."""
    fields: dict[bytes, list[bytes]] = {}
    for pair in query_string.split(b"&"):
        name, _, value = pair.partition(b"=")
        if value:
            fields.setdefault(_decode(name), []).append(_decode(value))
    return fields


def without_fields(query_string: bytes, names: frozenset[bytes]) -> bytes:
    """Return a query as it came, but without the fields of these names."""
    pairs = query_string.split(b"&")
    return b"&".join(pair for pair in pairs if _decode(pair.partition(b"=")[0]) not in names)


def text_of(value: bytes) -> str:
    """Return a value as text: UTF-8, or Latin-1 where it is not."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _decode(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" ")) if b"%" in text or b"+" in text else text
