"""The hub's own format: one reading, a JSON array of readings, or one reading a line (NDJSON).

    {"device_timestamp": 1755861753.25, "properties": {"battery": {"temperature_C": 28.7}}}

``device_timestamp`` is a Unix time (seconds; milliseconds and microseconds are understood), or
``device_time`` an ISO 8601 time with offset. ``device_id`` is needed of a gateway only.
"""

from __future__ import annotations

import msgspec

from iot_hub.event import Parsed, Rejected
from iot_hub.sources.circumstances import Circumstances
from iot_hub.sources.reading import read
from iot_hub.sources.storable import reason_of

_array = msgspec.json.Decoder(list[msgspec.Raw])
_anything = msgspec.json.Decoder(msgspec.Raw)


def parse(body: bytes, circumstances: Circumstances) -> Parsed:
    """Read all readings of a body; a bad one spoils no other."""
    received_at = circumstances.received_at
    try:
        payloads = _split(body.strip(), circumstances.content_type)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return [Rejected(0, body, reason_of(error))]
    return [read(payload, index, received_at, "hub") for index, payload in enumerate(payloads)]


def _split(body: bytes, content_type: str) -> list[bytes] | list[msgspec.Raw]:
    if "ndjson" in content_type or "jsonl" in content_type:
        return _lines(body)
    if body.startswith(b"["):
        return _array.decode(body)
    # Some clients call anything text/plain: of several lines, the first alone tells.
    first, more, _ = body.partition(b"\n")
    return _lines(body) if more and _is_json(first) else [body]


def _lines(body: bytes) -> list[bytes]:
    return [line for line in body.split(b"\n") if line and not line.isspace()]


def _is_json(text: bytes) -> bool:
    try:
        _anything.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
