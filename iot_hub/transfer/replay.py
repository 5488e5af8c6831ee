"""Replaying quarantine: rejected payloads go the way of new ones again, after a fix."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.event import Event, Parsed, Rejected
from iot_hub.ingest.assignment import assign
from iot_hub.ingest.http.endpoints import ENDPOINTS
from iot_hub.ingest.rejected_bodies import circumstances_of
from iot_hub.ingest.text_array import TextArray
from iot_hub.ingest.tokens import Sender
from iot_hub.ingest.writer import StoredEvent, parameters
from iot_hub.sources import SOURCES, Circumstances
from iot_hub.timestamps import SECOND
from iot_hub.transfer.imports.formats import FORMATS

Connection = psycopg.Connection[DictRow]

_NAMING_DEVICES = {endpoint.source for endpoint in ENDPOINTS if endpoint.names_devices}


@dataclass(frozen=True)
class Replayed:
    """What became of a payload: its events are stored and it left quarantine, or the reason why it stays."""

    id: int
    stored: int
    duplicates: int
    reason: str | None


def replay(connection: Connection, numbers: Sequence[int]) -> list[Replayed]:
    """Replay payloads, each in a transaction of its own; numbers that are not there are passed over."""
    replayer = _Replayer(connection)
    # One after the other: a payload may be as large as a body.
    found = (connection.execute(query("show_quarantine"), {"id": number}).fetchone() for number in numbers)
    return [replayer.replay(row) for row in found if row is not None]


class _Replayer:
    """Replays over one connection; knows the devices, and what their apps encrypt with."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        devices = connection.execute(query("valid_tokens")).fetchall()
        self._gateways = {row["id"] for row in devices if row["type"] == "gateway"}
        self._ids: dict[int | str, int] = {
            key: row["id"] for row in devices for key in (row["name"], str(row["id"]), row["id"])
        }
        self._keys = {row["device_id"]: row["key"] for row in connection.execute(query("payload_keys"))}

    def replay(self, row: dict[str, Any]) -> Replayed:
        is_body = row["circumstances"] is not None
        parsed = self._parse(row)
        refusals = _reasons(parsed)
        if row["device_id"] is None or (refusals and not is_body):
            return Replayed(row["id"], 0, 0, refusals[0] if refusals else "no_device")
        if is_body:
            return self._store_body(row, parsed)
        events = [_stored_event(row["device_id"], item) for item in parsed if isinstance(item, Event)]
        try:
            with self._connection.transaction():
                stored = self._store(events)
                self._connection.execute(query("drop_quarantine"), {"ids": [row["id"]]})
        except psycopg.DataError:
            return Replayed(row["id"], 0, 0, "not_storable")
        return Replayed(row["id"], stored, len(events) - stored, None)

    def _store_body(self, row: dict[str, Any], parsed: Parsed) -> Replayed:
        """Store what can be stored of a body; for the rest it stays. What was stored when it came is a duplicate."""
        device_id = row["device_id"]
        sender = Sender(device_id, device_id in self._gateways, b"")
        own_names = row["source"] in _NAMING_DEVICES
        events, _, rejected, _ = assign(parsed, sender, self._ids.get, own_names=own_names)
        with self._connection.transaction():
            bad = self._unstorable(events)
            good = [event for place, event in enumerate(events) if place not in bad]
            stored = self._store(good)
            refusals = [item.reason for item in rejected] + ["not_storable"] * len(bad)
            if refusals:
                [(reason, _)] = Counter(refusals).most_common(1)
                left = {"id": row["id"], "items": len(refusals), "reason": reason}
                self._connection.execute(query("note_replay"), left)
            else:
                reason = None
                self._connection.execute(query("drop_quarantine"), {"ids": [row["id"]]})
        return Replayed(row["id"], stored, len(good) - stored, reason)

    def _store(self, events: Sequence[StoredEvent]) -> int:
        return len(self._connection.execute(query("store_events"), parameters(events), binary=True).fetchall())

    def _unstorable(self, events: Sequence[StoredEvent]) -> set[int]:
        texts = TextArray([event.properties for event in events])
        return {row["place"] for row in self._connection.execute(query("unstorable"), {"properties": texts})}

    def _parse(self, row: dict[str, Any]) -> Parsed:
        source = SOURCES.get(row["source"])
        if source is None:
            why = "import its file again" if row["source"] in FORMATS else f"{row['source']} is no source"
            return [Rejected(0, b"", why)]
        key = self._keys.get(row["device_id"])
        if row["circumstances"] is None:
            circumstances = Circumstances(round(row["received_at"].timestamp() * SECOND), key=key)
        else:
            circumstances = circumstances_of(row["circumstances"], key)
        payload = bytes(row["payload"])
        parsed = source(payload, circumstances)
        if "time_in_future" in _reasons(parsed):
            # The hub's clock may have been behind when it came.
            return source(payload, msgspec.structs.replace(circumstances, now=time.time_ns() // 1_000))
        return parsed


def _reasons(parsed: Iterable[Event | Rejected]) -> list[str]:
    return [item.reason for item in parsed if isinstance(item, Rejected)]


def _stored_event(device_id: int, event: Event) -> StoredEvent:
    return StoredEvent(device_id, event.device_time, event.properties, event.source)
