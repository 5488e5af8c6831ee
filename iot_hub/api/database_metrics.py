"""Metrics from the database: stale hours, quarantine, archive, devices. None while it is unavailable."""

from __future__ import annotations

from typing import Any

import psycopg
import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from psycopg.rows import dict_row

from iot_hub.database.queries import query
from iot_hub.metrics.families import gauge

log = structlog.get_logger()

Cursor = psycopg.AsyncCursor[dict[str, Any]]

_GAUGES = {
    "scheduled": (
        "iot_hub_roll_ups_scheduled",
        "Whether a scheduler refreshes the roll-ups, so that hours wait for its next run.",
    ),
    "taken_over": ("iot_hub_roll_ups_taken_over", "Whether the worker has taken over from a silent scheduler."),
    "stale": ("iot_hub_roll_ups_stale", "Hours whose roll-ups do not match their events yet."),
    "stale_seconds": ("iot_hub_roll_ups_stale_oldest_seconds", "Age of the oldest mark of a stale hour."),
    "payloads": ("iot_hub_quarantine_payloads", "Payloads in quarantine."),
    "payload_bytes": ("iot_hub_quarantine_bytes", "Bytes of the payloads in quarantine."),
    "archived_at": ("iot_hub_archive_written_timestamp_seconds", "When an object was last written to the archive."),
    "archive_lag": (
        "iot_hub_archive_lag_seconds",
        "From the end of the newest archived day to the end of the newest finished day that has events.",
    ),
    "database_bytes": ("iot_hub_database_size_bytes", "Size of the database."),
}
_UP = ("iot_hub_database_up", "Whether the database answers.")


async def read_database(connection: psycopg.AsyncConnection[Any]) -> list[Metric]:
    """Read the metrics; one that takes too long is left out. Raises psycopg.Error if the database is unavailable."""
    families: list[Metric] = [gauge(*_UP, 1)]
    for read in (_state, _last_seen, _crossings):
        try:
            async with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
                await cursor.execute(query("metrics_patience"))
                families += await read(cursor)
        except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable) as error:
            log.warning("metrics_left_out", error=type(error).__name__)
    return families


def away() -> list[Metric]:
    """Return the metrics of an unavailable database: that it is down."""
    return [gauge(*_UP, 0)]


async def _state(cursor: Cursor) -> list[Metric]:
    state = await (await cursor.execute(query("metrics_state"))).fetchone() or {}
    return [gauge(*_GAUGES[name], float(value)) for name, value in state.items() if value is not None]


async def _last_seen(cursor: Cursor) -> list[Metric]:
    seen = GaugeMetricFamily(
        "iot_hub_device_last_seen_timestamp_seconds",
        "Time of a device's newest event, by the device's clock.",
        labels=["device", "name"],
    )
    for row in await (await cursor.execute(query("metrics_devices"))).fetchall():
        seen.add_metric([str(row["id"]), row["name"]], float(row["last_seen"]))
    return [seen]


async def _crossings(cursor: Cursor) -> list[Metric]:
    labels = ["device", "name"]
    crossings = GaugeMetricFamily(
        "iot_hub_zone_crossings",
        "Crossings of hidden zones' borders by a device's late fixes within a day.",
        labels=labels,
    )
    paused = GaugeMetricFamily(
        "iot_hub_publication_paused",
        "Whether a device's publication is paused because of too many crossings.",
        labels=labels,
    )
    for row in await (await cursor.execute(query("metrics_crossings"))).fetchall():
        crossings.add_metric([str(row["id"]), row["name"]], float(row["crossings"]))
        paused.add_metric([str(row["id"]), row["name"]], float(row["paused"]))
    return [crossings, paused]
