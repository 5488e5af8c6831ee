"""Years of travels, stored as an import of the owner's own past stores them: the newest month first."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

import msgspec
import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.ingest.batch import StoredEvent
from iot_hub.operations.demo.travels.traveller import Traveller
from iot_hub.transfer.imports.storing import store_imported

Connection = psycopg.Connection[DictRow]

MONTH = 30 * 86_400
"""Seconds. Months begin at its multiples, so that another run has the same ones."""
YEAR = 365.25 * 86_400
BATCH = 4_000

_encode = msgspec.json.Encoder().encode


class Owned(NamedTuple):
    """A traveller's phone, and its number in the hub."""

    device_id: int
    phone: Traveller


async def import_past(connection: Connection, owned: Sequence[Owned], until: float) -> int:
    """Import what phones measured before an instant, and return how many events were new.

    A run that was ended is continued by the next one.
    """
    stored = 0
    oldest = {device_id: _oldest(connection, device_id) for device_id, _ in owned}
    for events in _batches(owned, oldest, until):
        # In a thread: the present is sent meanwhile.
        stored += (await asyncio.to_thread(store_imported, connection, events)).stored
    return stored


def _batches(owned: Sequence[Owned], oldest: dict[int, float], until: float) -> Iterator[list[StoredEvent]]:
    events = _events(owned, oldest, until)
    while batch := list(islice(events, BATCH)):
        yield batch


def _events(owned: Sequence[Owned], oldest: dict[int, float], until: float) -> Iterator[StoredEvent]:
    """Yield all events but those of months that the hub holds: it has older ones of the phone."""
    begins = {device_id: until - phone.years * YEAR for device_id, phone in owned}
    for month in range(math.floor(until / MONTH), math.floor(min(begins.values()) / MONTH) - 1, -1):
        since = month * MONTH
        for device_id, phone in owned:
            if since < oldest[device_id]:
                for reading in phone.readings(max(since, begins[device_id]), min(since + MONTH, until)):
                    moment = round(reading.device_timestamp * 1_000_000)
                    yield StoredEvent(device_id, moment, _encode(reading.properties), "hub")


def _oldest(connection: Connection, device_id: int) -> float:
    [row] = connection.execute(query("oldest_event_of_device"), {"device_id": device_id}).fetchall()
    oldest: datetime = row["oldest"] or datetime.max.replace(tzinfo=UTC)
    return oldest.timestamp()
