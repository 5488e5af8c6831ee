"""Stays of a device, and a database that knows the world's cities."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from conftest import hub_with_copy
from database_copies import DatabaseCopies
from events import Connection, rows

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.gazetteer import load_gazetteer
from iot_hub.database.queries import query
from iot_hub.settings import Settings

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
METRE = 1 / 111195
"""In degrees of latitude."""


@pytest.fixture(scope="module")
def world(cluster: Settings, database_copies: DatabaseCopies) -> Iterator[Connection]:
    """A database with the gazetteer, for tests that change nothing in it."""
    with (
        hub_with_copy(cluster, database_copies) as settings,
        connect(owner_conninfo(settings, "tests")) as connection,
    ):
        load_gazetteer(connection)
        yield connection


def add_stay(
    owner: Connection, latitude: float, longitude: float, day: int = 0, hours: float = 2, *, continued: bool = False
) -> datetime:
    """Store a stay of device 1 as the derivation of journeys leaves it; return when it starts."""
    starts = MONDAY + timedelta(days=day)
    owner.execute(
        "INSERT INTO iot_personal_hub.journeys (device_id, starts, ends, kind, latitude, longitude, extent_m, fixes,"
        " is_continued, is_anchor) VALUES (1, %s, %s, 'stay', %s, %s, 30, 9, %s, false)",
        [starts, starts + timedelta(hours=hours), latitude, longitude, continued],
    )
    return starts


def name_stays(owner: Connection) -> int:
    """Name the stays that have no name; return how many they were."""
    return int((owner.execute(query("name_stays"), {"most": 1000}).fetchone() or {})["named"])


def visits(owner: Connection) -> list[str | None]:
    """Return what each stay is called, in order."""
    return [row["name"] for row in rows(owner, "SELECT name FROM iot_personal_hub.visits ORDER BY starts")]
