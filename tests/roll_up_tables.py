"""The roll-up tables' rows, to compare."""

from __future__ import annotations

from typing import Any

from events import Connection

TABLES = {
    "locations": "event_id",
    "private_spans": "",
    "agg_hourly_devices_smartphone_events_counter": "created_at,updated_at",
    "agg_hourly_devices_smartphone_battery_details": "created_at,updated_at",
    "agg_hourly_devices_smartphone_location_details": "created_at,updated_at",
    "agg_hourly_devices_metrics": "created_at,updated_at",
}


def roll_ups(owner: Connection) -> dict[str, list[Any]]:
    return {
        table: sorted(
            row["content"]
            for row in owner.execute(
                f"SELECT (to_jsonb({table}) - %s::text[])::text AS content FROM iot_personal_hub.{table}",
                [ignored.split(",")],
            )
        )
        for table, ignored in TABLES.items()
    }


def forget(owner: Connection) -> None:
    for table in (*TABLES, "stale_hours"):
        owner.execute(f"DELETE FROM iot_personal_hub.{table}")
