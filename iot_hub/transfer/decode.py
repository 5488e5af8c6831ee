"""Decoding a file: a body, a query string, one recorded request a line; or a file to import."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from iot_hub.event import Event, Rejected
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.sources.mqtt import PROTOCOLS
from iot_hub.transfer.imports.files import open_stream, parts_of
from iot_hub.transfer.imports.formats import Format, format_named


class RecordedRequest(msgspec.Struct):
    """A request as fixtures record it, one JSON object a line."""

    method: str
    path: str
    headers: dict[str, str] = {}
    body: str = ""


_recorded = msgspec.json.Decoder(RecordedRequest)


def decode_file(source: str, content: bytes, context: ParseContext) -> tuple[list[Event], list[Rejected]]:
    """Parse every payload of a file; return the events, and what was rejected."""
    parsed = [item for payload in payloads(content) for item in SOURCES[source](payload, context)]
    return (
        [item for item in parsed if isinstance(item, Event)],
        [item for item in parsed if isinstance(item, Rejected)],
    )


def payloads(content: bytes) -> Iterator[bytes]:
    """Yield each recorded request's body, or its query where it has none; the content whole where it records none."""
    lines = [line for line in content.splitlines() if line.strip()]
    try:
        requests = [_recorded.decode(line) for line in lines]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        requests = []
    if not requests:
        yield content
    for request in requests:
        yield (request.body or urlsplit(request.path).query).encode()


def import_format(name: str, file: Path) -> Format | None:
    """Return the format of a file, if it is one to import and no payload or message of a source of that name."""
    format = format_named(name)
    if format is None or (name not in SOURCES and name not in PROTOCOLS):
        return format
    with open_stream(file) as stream:
        parts = parts_of(stream, file.name, format, is_named=False)
        return format if any(part.format for part in parts) else None


def decode_import(format: Format, file: Path, context: ParseContext) -> tuple[list[Event], list[Rejected]]:
    """Read a file to import; return the events, and what was rejected. Raises UserError."""
    with open_stream(file) as stream:
        items = [item for part in parts_of(stream, file.name, format, is_named=True) for item in part.read(context)]
    return (
        [item for item in items if isinstance(item, Event)],
        [item for item in items if isinstance(item, Rejected)],
    )
