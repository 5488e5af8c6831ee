"""Drives are nobody's but their owner's; a published car shows trips that end where a private area begins."""

from __future__ import annotations

from datetime import datetime

import pytest
from drive_world import HOME, MINUTE, SECOND, Car, charges, drives
from events import Connection, add_device, refresh, rows, store
from journey_world import beside, utc
from private_zone import square

from iot_hub.database.connections import connect, guest_conninfo, viewer_conninfo
from iot_hub.privacy.areas import add_area
from iot_hub.settings import Settings

MORNING = utc(2026, 3, 3, 6)
READABLE = """
    SELECT relation.oid::regclass::text AS name
    FROM pg_class AS relation
    WHERE relation.relnamespace::regnamespace::text LIKE 'iot_%%'
      AND relation.relkind IN ('r', 'p', 'v', 'm')
      AND has_any_column_privilege(%s, relation.oid, 'SELECT')
"""
CALLABLE = """
    SELECT routine.proname AS name
    FROM pg_proc AS routine
    WHERE routine.pronamespace::regnamespace::text LIKE 'iot_%%'
      AND routine.prosecdef
      AND has_function_privilege(%s, routine.oid, 'EXECUTE')
"""
TABLES = ("car_readings", "drives", "charges", "drive_corrections")
STANDING = """
    WITH RECURSIVE standing AS (
        SELECT unnest(%s::text[]::regclass[])::oid AS oid
        UNION
        SELECT rule.ev_class
        FROM standing
        JOIN pg_depend AS used ON used.refclassid = 'pg_class'::regclass AND used.refobjid = standing.oid
        JOIN pg_rewrite AS rule ON used.classid = 'pg_rewrite'::regclass AND rule.oid = used.objid
    )
    SELECT
        standing.oid::regclass::text AS name,
        has_any_column_privilege('iot_hub_viewer', standing.oid, 'SELECT')
            OR has_any_column_privilege('iot_hub_guest', standing.oid, 'SELECT') AS readable
    FROM standing
"""
PRIVATE = (
    "car_readings", "drives", "charges", "stale_drives", "drive_corrections", "named_drives", "note_driving",
    "derive_drives", "derive_charges", "refresh_drives",
)  # fmt: skip


@pytest.fixture
def owner(owner: Connection) -> Connection:
    """A published car that goes 15 km east, stops for an hour, goes on to a private area, and comes back."""
    add_device(owner, name="car")
    add_area(owner, "work", square(*beside(HOME, 0, 30_000)))
    owner.execute("SELECT iot_personal_hub.expect_backlog('{1}')")
    car = Car(every=5 * SECOND)
    parked(car, MORNING - 60 * MINUTE, 60)
    ends = car.drive(MORNING, 900, 60)
    parked(car, ends, 60)
    ends = car.drive(ends + 60 * MINUTE, 900, 60)
    parked(car, ends, 120)
    car.drive(ends + 120 * MINUTE, 900, -60)
    store(owner, *car.reports)
    refresh(owner)
    return owner


def parked(car: Car, since: datetime, minutes: int) -> None:
    for n in range(minutes):
        car.report(since + n * MINUTE, 0, 0)


@pytest.mark.parametrize("role", ["iot_hub_viewer", "iot_hub_guest"])
def test_no_other_role_can_read_anything_of_drives(owner: Connection, role: str) -> None:
    assert drives(owner) and not charges(owner)
    readable = {row["name"].rpartition(".")[2] for row in rows(owner, READABLE, role)}
    assert readable and not readable & set(PRIVATE)
    assert not {row["name"] for row in rows(owner, CALLABLE, role)} & set(PRIVATE)


@pytest.mark.parametrize("conninfo", [viewer_conninfo, guest_conninfo])
def test_no_view_of_others_stands_on_what_drives_are_made_of(
    owner: Connection, settings: Settings, conninfo: object
) -> None:
    assert callable(conninfo)
    with connect(conninfo(settings, "tests")) as reader:
        for name in (*TABLES, "named_drives"):
            with pytest.raises(Exception, match="permission denied"):
                reader.execute(f"SELECT count(*) FROM iot_personal_hub.{name}")  # type: ignore[arg-type]
    standing = rows(owner, STANDING, [f"iot_personal_hub.{name}" for name in TABLES])
    assert "iot_personal_hub.named_drives" in {row["name"] for row in standing}
    assert not [row["name"] for row in standing if row["readable"]]


def test_what_is_published_of_a_car_is_cut_at_private_areas_and_has_no_odometer(
    owner: Connection, settings: Settings
) -> None:
    with connect(viewer_conninfo(settings, "tests")) as viewer:
        trips = rows(viewer, "SELECT starts, ends, distance_m FROM iot_personal_hub.published_journeys ORDER BY starts")
        events = rows(viewer, "SELECT properties FROM iot_personal_hub.published_events")
        metrics = rows(viewer, "SELECT DISTINCT metric FROM iot_personal_hub.published_hourly_metrics")
        times = rows(
            viewer, "SELECT location_time, longitude FROM iot_personal_hub.published_locations ORDER BY location_time"
        )
    assert [row["distance_m"] for row in drives(owner)] == [pytest.approx(14_900, abs=200)] * 3
    # The way to the area is hidden, and so is the one back.
    [trip] = trips
    assert trip["ends"] < MORNING + 20 * MINUTE
    assert trip["distance_m"] == pytest.approx(14_900, abs=300)
    assert max(fix["longitude"] for fix in times) < beside(HOME, 0, 16_000)[1]
    assert any("speed_kmh" in event["properties"].get("vehicle", {}) for event in events)
    assert not any("odometer_km" in event["properties"].get("vehicle", {}) for event in events)
    assert not {row["metric"] for row in metrics} & {"vehicle.odometer_km", "vehicle.fuel_level_percent"}
