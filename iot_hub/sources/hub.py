"""The hub's own format: one reading, a JSON array of readings, or one reading a line (NDJSON).

    {"device_timestamp": 1755861753.25, "properties": {"battery": {"temperature_C": 28.7}}}

``device_timestamp`` is a Unix time (seconds; milliseconds and microseconds are understood), or
``device_time`` an ISO 8601 time with offset. ``device_id`` is needed of a gateway only.
"""

from __future__ import annotations

from iot_hub.event import ParseResult
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.reading import read_all


def parse(body: bytes, context: ParseContext) -> list[ParseResult]:
    """Read all readings of a body; a bad one spoils no other."""
    return read_all(body, context, "hub")
