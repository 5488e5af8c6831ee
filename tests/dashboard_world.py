"""What the dashboard's tests build: devices and what they sent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import DictRow

Owner = psycopg.Connection[DictRow]
Event = tuple[datetime, dict[str, Any]]


def add_device(owner: Owner, device: int, name: str) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_devices (id, name, type, published) VALUES (%s, %s, 'smartphone', true)",
        [device, name],
    )


def add_events(owner: Owner, device: int, events: Iterable[Event]) -> None:
    """Store events as the hub does, and roll them up."""
    given = list(events)
    owner.execute(
        "SELECT count(*) FROM iot_personal_hub.store_events(%s, %s, %s, %s)",
        [
            [device] * len(given),
            [round(at.timestamp() * 1_000_000) for at, _ in given],
            ["automate"] * len(given),
            [json.dumps(properties) for _, properties in given],
        ],
    )
    owner.execute("SELECT iot_personal_hub.refresh_stale_hours()")


def report(level: float = 80, latitude: float = 45.2, longitude: float = 13.6, **location: float) -> dict[str, Any]:
    """Write what a phone reports."""
    return {
        "battery": {"remaining_percent": level, "temperature_C": 28.5, "usage_current_mA": -250},
        "location": {"latitude": latitude, "longitude": longitude, "altitude_m": 12.5} | location,
    }


def walk(until: datetime, hours: float, every: timedelta = timedelta(minutes=5)) -> list[Event]:
    """Write a walk that ends then."""
    count = int(timedelta(hours=hours) / every)
    return [
        (until - every * n, report(50 + n % 40, 45.2 + n * 1e-4, 13.6 + n * 2e-4, fix_accuracy_m=8, fix_speed_ms=1.2))
        for n in range(count)
    ]


def block_area(owner: Owner, west: float, south: float, east: float, north: float) -> None:
    """Draw a private area."""
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon)"
        " VALUES ('home', st_makeenvelope(%s, %s, %s, %s, 4326))",
        [west, south, east, north],
    )


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]
