"""Decoding a file of payloads: a body, a query string, or one recorded request a line."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from iot_hub.event import Event, Rejected
from iot_hub.sources import SOURCES, Circumstances


class RecordedRequest(msgspec.Struct):
    """A request as fixtures record it, one JSON object a line."""

    method: str
    path: str
    headers: dict[str, str] = {}
    body: str = ""


_recorded = msgspec.json.Decoder(RecordedRequest)


def decode_file(source: str, content: bytes, circumstances: Circumstances) -> tuple[list[Event], list[Rejected]]:
    """Parse every payload of a file; give the events, and what could not become one."""
    parsed = [item for payload in payloads(content) for item in SOURCES[source](payload, circumstances)]
    return (
        [item for item in parsed if isinstance(item, Event)],
        [item for item in parsed if isinstance(item, Rejected)],
    )


def payloads(content: bytes) -> Iterator[bytes]:
    """Give each recorded request's body, or the content whole where it records none."""
    lines = [line for line in content.splitlines() if line.strip()]
    try:
        requests = [_recorded.decode(line) for line in lines]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        requests = []
    if not requests:
        yield content
    for request in requests:
        yield request.body.encode()
