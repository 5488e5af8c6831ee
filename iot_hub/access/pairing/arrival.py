"""The first event of a device that was just paired."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query

Connection = psycopg.Connection[DictRow]

_POLL_SECONDS = 0.5

_NOT_MEASURED = "time_source"


@dataclass(frozen=True)
class Arrival:
    """When the first event arrived and its groups; or why it was rejected."""

    received_at: datetime | None = None
    groups: tuple[str, ...] = ()
    """Names of groups of properties, such as ``location``, without their values."""
    rejected: str | None = None


def values(device_id: int, source: str | None) -> dict[str, object]:
    """Return the parameters of the statement ``first_arrival``."""
    return {"device": device_id, "source": source}


def arrival_of(row: Mapping[str, Any]) -> Arrival:
    """Return the arrival in a row of ``first_arrival``."""
    if row["received_at"] is None:
        return Arrival(rejected=row["refused"])
    groups = (name for name in row["families"] if name not in (row["source"], _NOT_MEASURED))
    return Arrival(row["received_at"], tuple(groups))


def wait_for_arrival(connection: Connection, device_id: int, source: str | None, seconds: float | None) -> Arrival:
    """Wait for an event since the device's newest token was issued, with a timeout or for ever."""
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        row = connection.execute(query("first_arrival"), values(device_id, source)).fetchone()
        arrival = arrival_of(row) if row else Arrival()
        if arrival.received_at or (deadline is not None and time.monotonic() >= deadline):
            return arrival
        time.sleep(_POLL_SECONDS)
