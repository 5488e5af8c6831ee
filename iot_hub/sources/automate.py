"""The first beta's payload, as an Automate flow on Android posts it: a reading, or a file that it gathered them in.

``{"device_id": 1, "device_timestamp": 1755861753, "properties": {"battery": …, "location": …}}``.
A location's ``fix_timestamp`` may be days older than ``device_timestamp``: Automate's "maximum
fix age" (llamalab.com/automate/doc, block location_get). The event stays one, as it came; the
database counts the fix at its own time.

A flow that buffers appends readings to a file and sends the file (block http_request, "request content
path"): a reading a line, or one right after the other.
"""

from __future__ import annotations

from iot_hub.event import ParseResult
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.reading import read_all


def parse(body: bytes, context: ParseContext) -> list[ParseResult]:
    """Read all readings of a body; a bad one spoils no other."""
    return read_all(body, context, "automate")
