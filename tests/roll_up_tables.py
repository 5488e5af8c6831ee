"""The roll-up tables' rows, to compare."""

from __future__ import annotations

from typing import Any

from events import Connection

from iot_hub.database.aggregates import aggregates

TABLES = {
    "locations": "event_id",
    "private_spans": "",
    "journeys": "",
    "map_cells": "",
    "agg_hourly_devices_metrics": "created_at,updated_at",
    **{aggregate.row()["table_name"]: "created_at,updated_at" for aggregate in aggregates()},
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
    for table in (*TABLES, "stale_hours", "stale_journeys", "stale_map_cells"):
        owner.execute(f"DELETE FROM iot_personal_hub.{table}")
