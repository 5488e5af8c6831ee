"""Recomputing roll-ups: over a range of hours, or all there are."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Lock

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.connections import connect, owner_conninfo, scalar
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]


def months_between(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Cut a range at the starts of months (UTC), so that long work shows progress.

    Raises UserError where the range is empty.
    """
    if since >= until:
        raise UserError("--from must lie before --to.")
    cuts = []
    start = since.astimezone(UTC)
    end = until.astimezone(UTC)
    while start < end:
        next_month = (start.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(
            day=1
        )
        cuts.append((start, min(next_month, end)))
        start = next_month
    return cuts


def refresh_hours(connection: Connection, since: datetime, until: datetime) -> None:
    """Recompute the roll-ups of all devices, widened to whole hours."""
    connection.execute(query("refresh_hours"), {"since": since, "until": until})


def refresh_everything(settings: Settings, connection: Connection, on_progress: Callable[[int, int], None]) -> None:
    """Recompute the roll-ups of every event: as many devices at once as there are cores, month after month.

    ``on_progress`` is called with the months of devices done, and with all there are. Each is a transaction of its own.
    """
    months = {
        row["device_id"]: months_between(row["starts"], row["ends"])
        for row in connection.execute(query("spans_of_devices"))
    }
    done, total = 0, sum(map(len, months.values()))
    reporting = Lock()

    def refresh(device_id: int) -> None:
        nonlocal done
        with connect(owner_conninfo(settings, "iot-hub roll-ups")) as own:
            for start, end in months[device_id]:
                own.execute(query("refresh_device"), {"device_id": device_id, "since": start, "until": end})
                with reporting:
                    done += 1
                    on_progress(done, total)

    # A device's refreshes wait for each other, so each has one connection.
    with ThreadPoolExecutor(os.cpu_count()) as connections:
        for _ in connections.map(refresh, months):
            pass
    while scalar(connection, query("refresh_stale_hours")):
        pass
    for step in ("refresh_stale_journeys", "refresh_stale_drives", "refresh_stale_map_cells"):
        while scalar(connection, query(step), {"gathered": timedelta()}):
            pass
