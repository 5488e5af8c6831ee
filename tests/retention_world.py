"""A hub whose old days may go: rules, runs, and what must be the same before and after."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from archive_world import DAY, START, contents, reading
from events import Connection, add_device, refresh, rows, store

from iot_hub.archive.retention.rules import set_rule
from iot_hub.archive.retention.run import Expired, run_retention
from iot_hub.archive.run import run_archive
from iot_hub.settings import Settings

TODAY = date(2025, 9, 22)
"""A month after the first event of the tests."""

LASTING = (
    "dim_devices", "locations", "agg_hourly_devices_smartphone_events_counter",
    "agg_hourly_devices_smartphone_battery_details", "agg_hourly_devices_smartphone_location_details",
    "agg_hourly_devices_metrics", "archive_objects", "published_devices", "published_hourly_battery_details",
    "published_hourly_events_counter", "published_hourly_location_details", "published_hourly_metrics",
    "published_last_seen", "published_locations",
)  # fmt: skip


def archived_hub(hub_settings: Settings, owner: Connection, days: int = 4) -> None:
    """A hub with a phone, days of events six an hour, all rolled up and archived."""
    add_device(owner)
    times = range(START, START + days * DAY, 600)
    store(owner, *((time + 0.25, reading(number)) for number, time in enumerate(times)))
    refresh(owner)
    run_archive(hub_settings)


def keep(owner: Connection, days: int = 7, device: str | None = None, family: str | None = None) -> None:
    set_rule(owner, days, device, family)


def drop(hub_settings: Settings, today: date = TODAY) -> Expired:
    return run_retention(hub_settings, today)


def drop_old(hub_settings: Settings, owner: Connection) -> Expired:
    keep(owner)
    return drop(hub_settings)


def lasting(hub_settings: Settings) -> dict[str, list[Any]]:
    """What retention never changes."""
    everything = contents(hub_settings)
    return {name: everything[name] for name in LASTING}


def dates_kept(owner: Connection) -> list[str]:
    found = rows(
        owner,
        "SELECT DISTINCT (device_time AT TIME ZONE 'UTC')::date::text AS date"
        " FROM iot_personal_hub.raw_devices_properties ORDER BY 1",
    )
    return [row["date"] for row in found]


def count(owner: Connection, table: str = "raw_devices_properties") -> int:
    return int(rows(owner, f"SELECT count(*) AS n FROM iot_personal_hub.{table}")[0]["n"])


def date_of(time: float) -> date:
    return datetime.fromtimestamp(time, UTC).date()


def yesterday(today: date = TODAY) -> date:
    return today - timedelta(days=1)
