"""The first beta's payload, as an Automate flow on Android posts it: one reading, one body.

``{"device_id": 1, "device_timestamp": 1755861753, "properties": {"battery": …, "location": …}}``.
A location's ``fix_timestamp`` may be days older than ``device_timestamp``: Automate's "maximum
fix age" (llamalab.com/automate/doc, block location_get). The event stays one, as it came; the
database counts the fix at its own time.
"""

from __future__ import annotations

from iot_hub.event import Parsed
from iot_hub.sources.circumstances import Circumstances
from iot_hub.sources.reading import read


def parse(body: bytes, circumstances: Circumstances) -> Parsed:
    """Read the one reading of a body."""
    return [read(body, 0, circumstances.received_at, "automate")]
