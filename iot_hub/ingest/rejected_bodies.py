"""What goes into quarantine of a body: its few rejected items, or the body itself where they are many.

Many rejected items are one mistake of one client. A row for each of them would cost the database what the client's few
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
from iot_hub.sources.parse_context import ParseContext
from iot_hub.timestamps import Microseconds

MOST_APART = 20
"""Rejected items of one body that are kept one by one."""


class _SavedContext(msgspec.Struct, omit_defaults=True):
    """What of a body's context is kept with it, as the table has it; its key is not."""

    received_at: Microseconds
    content_type: str = ""
    time_zone: str = "UTC"
    topic: str | None = None


_encode = msgspec.json.Encoder().encode


def to_quarantine(
    device_id: int, source: str, rejected: Sequence[Rejected], body: bytes, context: ParseContext
) -> list[QuarantinedPayload]:
    """Return what is to be kept of a body's rejected items."""
    if len(rejected) <= MOST_APART:
        return [QuarantinedPayload(device_id, source, item.reason, item.payload) for item in rejected]
    [(reason, _)] = Counter(item.reason for item in rejected).most_common(1)
    return [whole_body(device_id, source, reason, body, context, items=len(rejected))]


def whole_body(
    device_id: int | None, source: str, reason: str, body: bytes, context: ParseContext, *, items: int = 1
) -> QuarantinedPayload:
    """Return a body as it is to be kept together with how it came, by which it can be parsed again."""
    saved = _SavedContext(context.received_at, context.content_type, _name_of(context.time_zone), context.topic)
    return QuarantinedPayload(device_id, source, reason, body, items, _encode(saved).decode())


def saved_context(value: object, key: str | None) -> ParseContext:
    """Return the context of a body in quarantine, to parse it as it was parsed."""
    saved = msgspec.convert(value, _SavedContext)
    return ParseContext(saved.received_at, saved.content_type, _zone_of(saved.time_zone), saved.topic, key)


def _name_of(zone: tzinfo) -> str:
    return zone.key if isinstance(zone, ZoneInfo) else "UTC"


def _zone_of(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)
