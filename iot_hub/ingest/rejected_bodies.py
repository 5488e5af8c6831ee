"""What goes into quarantine of a body: its few rejected parts, or the body itself where they are many.

Many rejected parts are one mistake of one client. A row for each of them would cost the database what the client's few
bytes did not cost it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import msgspec

from iot_hub.event import Rejected
from iot_hub.ingest.quarantine import QuarantinedPayload
from iot_hub.sources.circumstances import Circumstances
from iot_hub.timestamps import Microseconds

MOST_APART = 20
"""Rejected parts of one body that are kept one by one."""


class _HowItCame(msgspec.Struct, omit_defaults=True):
    """What of a body's circumstances is kept with it; its key is not."""

    received_at: Microseconds
    content_type: str = ""
    time_zone: str = "UTC"
    topic: str | None = None


_encode = msgspec.json.Encoder().encode


def quarantined(
    device_id: int, source: str, rejected: Sequence[Rejected], body: bytes, circumstances: Circumstances
) -> list[QuarantinedPayload]:
    """Return what is to be kept of a body's rejected parts."""
    if len(rejected) <= MOST_APART:
        return [QuarantinedPayload(device_id, source, item.reason, item.payload) for item in rejected]
    [(reason, _)] = Counter(item.reason for item in rejected).most_common(1)
    came = _HowItCame(
        circumstances.received_at, circumstances.content_type, _name_of(circumstances.time_zone), circumstances.topic
    )
    return [QuarantinedPayload(device_id, source, reason, body, len(rejected), _encode(came).decode())]


def circumstances_of(kept: object, key: str | None) -> Circumstances:
    """Return the circumstances of a body that is kept, for reading it as it was read."""
    came = msgspec.convert(kept, _HowItCame)
    return Circumstances(came.received_at, came.content_type, _zone_of(came.time_zone), came.topic, key)


def _name_of(zone: tzinfo) -> str:
    return zone.key if isinstance(zone, ZoneInfo) else "UTC"


def _zone_of(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)
