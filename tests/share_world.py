"""Share links for tests, and what their readers see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from events import Connection, rows

from iot_hub.database.queries import query
from iot_hub.privacy.share_links import ShareScope, add_share

NOON = 1755864000  # 2025-08-22T12:00:00Z
PAST = {"since": datetime(2025, 8, 1, tzinfo=UTC)}
"""A window that holds the tests' events: links without one are live."""
VIEWS = (
    "devices", "events", "hourly_battery_details", "hourly_events_counter", "hourly_location_details",
    "hourly_metrics", "hourly_values", "last_seen", "link", "locations",
)  # fmt: skip
UNPUBLISHED = ("hourly_counters", "hourly_states")
"""Views of aggregates that are the owner's alone: they are there, and stay empty."""


def link(owner: Connection, *devices: str, name: str = "mum", **shown: Any) -> str:
    """Make a link of the past; give its token."""
    window = {} if shown.keys() & {"since", "until", "live"} else PAST
    return add_share(owner, name, ShareScope(devices or ("phone",), **shown, **window), timedelta(days=1)).token


@contextmanager
def reading(guest: Connection, token: str) -> Iterator[Connection]:
    """Read what a link shows."""
    with guest.transaction():
        guest.execute(query("use_share_token"), {"token": token})
        yield guest


def seen(guest: Connection, token: str, view: str = "locations") -> list[dict[str, Any]]:
    with reading(guest, token):
        return rows(guest, f"SELECT * FROM iot_hub_shared.{view} AS it ORDER BY it::text")


def counted(guest: Connection, token: str) -> dict[str, int]:
    return {view: len(seen(guest, token, view)) for view in VIEWS}


def places(guest: Connection, token: str) -> set[tuple[Any, float, float]]:
    """Every position: when and where."""
    return {(row["location_time"], row["latitude"], row["longitude"]) for row in seen(guest, token)}


def at(latitude: float, longitude: float, **others: Any) -> dict[str, Any]:
    """What a phone reports at a place."""
    return {
        "battery": {"remaining_percent": 50, "voltage_V": 4},
        "location": {"latitude": latitude, "longitude": longitude, "fix_accuracy_m": 5, "altitude_m": 9, "bearing": 7,
                     "fix_speed_ms": 1.5},
        "motion": {"distance_m": 12},
        "vehicle": {"speed_kmh": 30},
        **others,
    }  # fmt: skip
