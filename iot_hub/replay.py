"""Replaying quarantine: rejected payloads go the way of new ones again, after a fix."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.device_time import SECOND
from iot_hub.event import Event, Parsed, Rejected
from iot_hub.importing.formats import FORMATS
from iot_hub.queries import query
from iot_hub.sources import SOURCES, Circumstances
from iot_hub.writer import StoredEvent, parameters

Connection = psycopg.Connection[DictRow]


@dataclass(frozen=True)
class Replayed:
    """What became of a payload: its events are stored and it left quarantine, or the reason why not."""

    id: int
    stored: int
    duplicates: int
    reason: str | None


def replay(connection: Connection, numbers: Sequence[int]) -> list[Replayed]:
    """Replay payloads, each in a transaction of its own; numbers that are not there are passed over."""
    kept = [connection.execute(query("show_quarantine"), {"id": number}).fetchone() for number in numbers]
    return [_replay(connection, row) for row in kept if row is not None]


def _replay(connection: Connection, row: dict[str, Any]) -> Replayed:
    parsed = _parse(row)
    refusals = [item.reason for item in parsed if isinstance(item, Rejected)]
    if refusals or row["device_id"] is None:
        return Replayed(row["id"], 0, 0, refusals[0] if refusals else "no_device")
    events = [
        StoredEvent(row["device_id"], item.device_time, item.properties, item.source)
        for item in parsed
        if isinstance(item, Event)
    ]
    try:
        with connection.transaction():
            stored = len(connection.execute(query("store_events"), parameters(events), binary=True).fetchall())
            connection.execute(query("drop_quarantine"), {"ids": [row["id"]]})
    except psycopg.DataError:
        return Replayed(row["id"], 0, 0, "not_storable")
    return Replayed(row["id"], stored, len(events) - stored, None)


def _parse(row: dict[str, Any]) -> Parsed:
    source = SOURCES.get(row["source"])
    if source is None:
        why = "import its file again" if row["source"] in FORMATS else f"{row['source']} is no source"
        return [Rejected(0, b"", why)]
    payload, received_at = bytes(row["payload"]), round(row["received_at"].timestamp() * SECOND)
    parsed = source(payload, Circumstances(received_at))
    if any(isinstance(item, Rejected) and item.reason == "time_in_future" for item in parsed):
        # The hub's clock may have been behind when it came.
        return source(payload, Circumstances(time.time_ns() // 1_000))
    return parsed
