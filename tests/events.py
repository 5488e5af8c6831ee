"""Events for tests, and the short way to store them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.storage import to_sql_params

Connection = psycopg.Connection[DictRow]

FIRST_BETA_PROPERTIES: dict[str, Any] = {
    "battery": {
        "voltage_V": 3.859, "technology": "Li-ion", "capacity_mAh": 4905, "temperature_C": 28.7,
        "remaining_percent": 51, "remaining_charge_mAh": 2590, "remaining_energy_mWh": None,
        "usage_current_mA": 519, "usage_current_average_mA": 0.253,
    },
    "location": {
        "bearing": 239.2, "latitude": 52.23, "longitude": 21.01, "altitude_m": 240, "fix_provider": "gps",
        "fix_speed_ms": 0.74, "fix_timestamp": 1754412995.05, "fix_accuracy_m": 14,
    },
}  # fmt: skip


def add_device(
    owner: Connection, device_id: int = 1, name: str = "phone", type: str = "smartphone", *, published: bool = True
) -> int:
    """Add a device with a given id. Unlike a new device of a hub's, it is published."""
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_devices (id, name, type, published) VALUES (%s, %s, %s, %s)",
        (device_id, name, type, published),
    )
    return device_id


def store(owner: Connection, *events: tuple[float, dict[str, Any]], device_id: int = 1) -> int:
    """Store events given as (Unix seconds, properties); tell how many were new."""
    stored: Sequence[StoredEvent] = [
        StoredEvent(device_id, round(time * 1_000_000), json.dumps(properties).encode(), "hub")
        for time, properties in events
    ]
    return len(owner.execute(query("store_events"), to_sql_params(stored)).fetchall())


def refresh(owner: Connection) -> None:
    """Refresh until nothing is stale, mask by changed areas, and publish what is due."""
    steps = (
        "refresh_stale_hours", "refresh_stale_journeys", "refresh_stale_drives", "refresh_stale_map_cells",
        "mask_next_fixes", "publish_due_hours", "refresh_stale_shown_journeys", "refresh_stale_shown_map_cells",
    )  # fmt: skip
    for step in steps:
        while next(iter((owner.execute(query(step), {"gathered": "0 s"}).fetchone() or {}).values())):
            pass


def mask(owner: Connection) -> None:
    """Judge all fixes by the areas of now: what a change of them hides is hidden at once, and the rest shown after that."""
    owner.execute("SELECT iot_personal_hub.work_off_masking()")


def rows(owner: Connection, statement: str, *parameters: object) -> list[dict[str, Any]]:
    """Run a statement and give its rows."""
    return owner.execute(statement, parameters).fetchall()
