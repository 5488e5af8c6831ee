"""Replaying quarantine: rejected payloads go the way of new ones again, after a fix."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.event import ParseResult, Rejected
from iot_hub.ingest.assignment import Assigned, assign
from iot_hub.ingest.http.endpoints import ENDPOINTS
from iot_hub.ingest.mqtt.routing import route
from iot_hub.ingest.rejected_bodies import saved_context
from iot_hub.ingest.storage import blocking, run_blocking, store_counted
from iot_hub.ingest.tokens import AuthenticatedDevice
from iot_hub.sources import SOURCES, ParseContext, Source
from iot_hub.sources.own_pids import NO_PIDS, OwnPids
from iot_hub.timestamps import SECOND
from iot_hub.transfer.imports.formats import FORMATS

Connection = psycopg.Connection[DictRow]

_NAMING_DEVICES = {endpoint.source for endpoint in ENDPOINTS if endpoint.device_id_is_authoritative}


@dataclass(frozen=True)
class Replayed:
    """What became of a payload: its events are stored and it left quarantine, or the reason why it stays."""

    id: int
    stored: int
    duplicates: int
    reason: str | None


def replay(connection: Connection, numbers: Sequence[int], pids: OwnPids = NO_PIDS) -> list[Replayed]:
    """Replay payloads, each in a transaction of its own; numbers that are not there are passed over."""
    replayer = _Replayer(connection, pids)
    # One after the other: a payload may be as large as a body.
    found = (connection.execute(query("show_quarantine"), {"id": number}).fetchone() for number in numbers)
    return [replayer.replay(row) for row in found if row is not None]


class _Replayer:
    """Replays over one connection; knows the devices, and what their apps encrypt with."""

    def __init__(self, connection: Connection, pids: OwnPids) -> None:
        self._connection = connection
        self._pids = pids
        devices = connection.execute(query("valid_tokens")).fetchall()
        self._gateways = {row["id"] for row in devices if row["type"] == "gateway"}
        self._ids: dict[int | str, int] = {
            key: row["id"] for row in devices for key in (row["name"], str(row["id"]), row["id"])
        }
        self._keys = {row["device_id"]: row["key"] for row in connection.execute(query("payload_keys"))}

    def replay(self, row: dict[str, Any]) -> Replayed:
        """Store what can be stored of a payload; for the rest it stays."""
        source = SOURCES.get(row["source"])
        if source is None:
            why = "import its file again" if row["source"] in FORMATS else f"{row['source']} is no source"
            return Replayed(row["id"], 0, 0, why)
        if row["device_id"] is None:
            row = {**row, "device_id": self._device_of_topic(row["circumstances"])}
        results = self._parse(source, row)
        if row["device_id"] is None:
            return Replayed(row["id"], 0, 0, next(iter(_reasons(results)), "no_device"))
        assigned = self._assign(row, results)
        with self._connection.transaction():
            receipt = run_blocking(store_counted(blocking(self._connection), assigned.events))
            reasons = _reasons(assigned.rejected) + [reason for _, reason in receipt.rejected]
            reason = self._settle(row["id"], reasons)
        return Replayed(row["id"], receipt.stored, receipt.duplicates, reason)

    def _device_of_topic(self, circumstances: object) -> int | None:
        """Return the device that an MQTT topic names, which was not there when the message came."""
        topic = None if circumstances is None else saved_context(circumstances, None).topic
        way = route(topic) if topic else None
        return next((self._ids[name] for name in way.devices if name in self._ids), None) if way else None

    def _assign(self, row: dict[str, Any], results: list[ParseResult]) -> Assigned:
        # An item that was kept by itself is the device's that sent it; of a body each event is assigned as it was.
        is_body = row["circumstances"] is not None
        sender = AuthenticatedDevice(row["device_id"], is_body and row["device_id"] in self._gateways, b"")
        trusted = is_body and row["source"] in _NAMING_DEVICES
        return assign(results, sender, self._ids.get, trust_payload_device=trusted)

    def _settle(self, number: int, reasons: Sequence[str]) -> str | None:
        """Delete a payload of which everything is stored; of another note the most frequent reason, and return it."""
        if not reasons:
            self._connection.execute(query("drop_quarantine"), {"ids": [number]})
            return None
        [(reason, _)] = Counter(reasons).most_common(1)
        self._connection.execute(query("note_replay"), {"id": number, "items": len(reasons), "reason": reason})
        return reason

    def _parse(self, source: Source, row: dict[str, Any]) -> list[ParseResult]:
        key = self._keys.get(row["device_id"])
        if row["circumstances"] is None:
            context = ParseContext(round(row["received_at"].timestamp() * SECOND), key=key)
        else:
            context = saved_context(row["circumstances"], key)
        context = msgspec.structs.replace(context, pids=self._pids)
        payload = bytes(row["payload"])
        results = source(payload, context)
        if "time_in_future" in _reasons(results):
            # The hub's clock may have been behind when it came.
            return source(payload, msgspec.structs.replace(context, now=time.time_ns() // 1_000))
        return results


def _reasons(results: Sequence[ParseResult]) -> list[str]:
    return [result.reason for result in results if isinstance(result, Rejected)]
