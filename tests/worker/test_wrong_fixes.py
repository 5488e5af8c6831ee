"""Fixes that the owner marks wrong: kept as they came, and counted nowhere, until that is undone."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from correction_world import correct, undo
from events import Connection, add_device, refresh, rows, store
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some
from private_zone import METRE, square
from private_zone import fix as near_home

from iot_hub.database.queries import query
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.storage import to_sql_params

HOUR = 1755860400  # 2025-08-22 11:00 UTC
TIME = datetime.fromtimestamp(HOUR, UTC)
MINUTE = timedelta(minutes=1)
NEAR = 52.23
MARKS = "SELECT latitude, outlier FROM iot_personal_hub.locations ORDER BY location_time, latitude"
DERIVED = {
    "fixes": "SELECT location_time, latitude, outlier FROM iot_personal_hub.locations WHERE device_id = %s ORDER BY 1, 2",
    "hours": "SELECT date_hour, latitude_min, latitude_avg, altitude_max"
    " FROM iot_personal_hub.agg_hourly_devices_smartphone_location_details WHERE device_id = %s ORDER BY 1",
    "metrics": "SELECT metric, date_hour, count, avg FROM iot_personal_hub.agg_hourly_devices_metrics"
    " WHERE device_id = %s ORDER BY 1, 2",
    "track": "SELECT location_time, latitude FROM iot_hub_owner.locations WHERE device_id = %s ORDER BY 1, 2",
    "published": "SELECT location_time, latitude FROM iot_personal_hub.published_locations"
    " WHERE device_id = %s ORDER BY 1, 2",
    "events": "SELECT device_time, properties FROM iot_personal_hub.published_events WHERE device_id = %s ORDER BY 1",
    "journeys": "SELECT starts, ends, kind, distance_m, fixes FROM iot_personal_hub.journeys WHERE device_id = %s"
    " ORDER BY 1",
    "spans": "SELECT starts::text, ends::text FROM iot_personal_hub.private_spans WHERE device_id = %s ORDER BY 1",
}


def fix(minute: float, latitude: float = NEAR, **more: object) -> tuple[float, dict[str, Any]]:
    location = {"latitude": latitude, "longitude": 21.01, "altitude_m": 100, **more}
    return HOUR + 60 * minute, {"location": location, "battery": {"remaining_percent": 50}}


def marks(owner: Connection) -> list[str | None]:
    return [row["outlier"] for row in rows(owner, MARKS)]


def derived(owner: Connection, device_id: int = 1) -> dict[str, list[dict[str, Any]]]:
    return {name: rows(owner, statement, device_id) for name, statement in DERIVED.items()}


def test_wrong_fixes_count_nowhere_until_that_is_undone(owner: Connection) -> None:
    add_device(owner)
    store(owner, *(fix(n) for n in range(10)), fix(10, 52.25, altitude_m=900), *(fix(n) for n in range(11, 20)))
    refresh(owner)
    before = derived(owner)
    assert before["hours"][0]["altitude_max"] == 900
    wrong = correct(owner, "wrong_fixes", TIME + 10 * MINUTE, TIME + 11 * MINUTE)
    refresh(owner)
    after = derived(owner)
    assert marks(owner).count("owner") == 1
    assert after["hours"][0]["altitude_max"] == 100
    assert {row["latitude"] for row in after["track"]} == {NEAR} == {row["latitude"] for row in after["published"]}
    assert [row["kind"] for row in after["journeys"]] == ["stay"]
    assert after["journeys"][0]["fixes"] == before["journeys"][0]["fixes"] - 1
    # Others see the event without its position; what came in is as it was.
    assert [sorted(row["properties"]) for row in after["events"]].count(["battery"]) == 1
    assert len(rows(owner, "SELECT FROM iot_personal_hub.raw_devices_properties")) == 20
    undo(owner, wrong)
    refresh(owner)
    assert derived(owner) == before


def test_what_comes_late_in_a_time_of_wrong_fixes_is_wrong_too(owner: Connection) -> None:
    add_device(owner)
    store(owner, fix(0), fix(20))
    correct(owner, "wrong_fixes", TIME + 5 * MINUTE, TIME + 15 * MINUTE)
    refresh(owner)
    store(owner, fix(10))
    refresh(owner)
    assert marks(owner) == [None, "owner", None]


def test_a_device_can_be_wrong_since_ever(owner: Connection) -> None:
    add_device(owner)
    store(owner, fix(0), fix(5000), fix(50_000))
    refresh(owner)
    correct(owner, "wrong_fixes", "-infinity", "infinity")
    refresh(owner)
    assert marks(owner) == ["owner"] * 3
    assert derived(owner)["journeys"] == []


def test_a_coarse_fix_is_the_owners_first_and_coarse_again_after_that(owner: Connection) -> None:
    add_device(owner)
    store(owner, fix(0), fix(1, fix_accuracy_m=9000))
    wrong = correct(owner, "wrong_fixes", TIME + MINUTE, TIME + 2 * MINUTE)
    refresh(owner)
    assert marks(owner) == [None, "owner"]
    undo(owner, wrong)
    refresh(owner)
    assert marks(owner) == [None, "accuracy"]


def test_no_other_fix_is_judged_by_a_wrong_one(owner: Connection) -> None:
    add_device(owner)
    # Four far away are believed; without one of them the other three are impossible.
    store(owner, fix(0), fix(1), *(fix(2 + n, 45.0) for n in range(4)), fix(6), fix(7))
    refresh(owner)
    assert marks(owner) == [None] * 8
    correct(owner, "wrong_fixes", TIME + 5 * MINUTE, TIME + 6 * MINUTE)
    refresh(owner)
    assert marks(owner) == [None, None, "speed", "speed", "speed", "owner", None, None]


def test_fixes_of_one_source_can_be_wrong(owner: Connection) -> None:
    add_device(owner)
    for minute, source in ((0, "owntracks"), (1, "overland"), (2, "owntracks")):
        time, properties = fix(minute)
        event = StoredEvent(1, round(time * 1_000_000), json.dumps(properties).encode(), source)
        owner.execute(query("store_events"), to_sql_params([event]))
    correct(owner, "wrong_fixes", "-infinity", "infinity", source="owntracks")
    refresh(owner)
    assert marks(owner) == ["owner", None, "owner"]


def test_a_wrong_fix_in_a_private_area_hides_as_before_and_is_not_shown_by_its_mark(owner: Connection) -> None:
    add_device(owner)
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon) VALUES ('home', st_geomfromgeojson(%s))",
        [square().decode()],
    )
    far, home = near_home(9000), near_home(0)
    store(owner, *((HOUR + 60 * n, near_home(9000 + n, n)) for n in range(60)))
    store(owner, *((HOUR + 60 * n, home) for n in range(60, 120)))
    store(owner, *((HOUR + 60 * n, {**far, "n": n}) for n in range(120, 200)))
    refresh(owner)
    before = derived(owner)
    assert before["spans"]
    assert before["published"]
    # At home, and a mistake: they stay hidden, and hide.
    correct(owner, "wrong_fixes", TIME + 60 * MINUTE, TIME + 120 * MINUTE)
    refresh(owner)
    after = derived(owner)
    assert after["spans"] == before["spans"]
    assert (after["published"], after["events"]) == (before["published"], before["events"])


def test_a_wrong_fix_outside_no_longer_ends_a_stay_at_home(owner: Connection) -> None:
    add_device(owner)
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon) VALUES ('home', st_geomfromgeojson(%s))",
        [square().decode()],
    )
    home = [(HOUR + 60 * n, {**near_home(n * METRE), "n": n}) for n in (*range(60), *range(120, 180))]
    store(owner, *home, *((HOUR + 60 * n, near_home(9000 + n)) for n in (-300, -299, *range(60, 120), 480, 481)))
    refresh(owner)
    assert len(derived(owner)["spans"]) == 2
    correct(owner, "wrong_fixes", TIME + 60 * MINUTE, TIME + 120 * MINUTE)
    refresh(owner)
    after = derived(owner)
    assert len(after["spans"]) == 1
    assert {row["location_time"].hour for row in after["published"]} <= {6, 19}


TABLES = ", ".join(
    f"iot_personal_hub.{name}"
    for name in (
        "raw_devices_properties", "locations", "corrections", "journeys", "stale_journeys", "stale_hours", "due_hours",
        "agg_hourly_devices_metrics", "agg_hourly_devices_smartphone_location_details",
        "agg_hourly_devices_smartphone_events_counter", "agg_hourly_devices_smartphone_battery_details",
        "private_spans", "shown_locations", "shown_events", "shown_hourly_metrics", "zone_crossings",
        "publication_watches",
    )
)  # fmt: skip


def walk(chance: random.Random) -> list[tuple[float, dict[str, Any]]]:
    """Hours at home in a private area, around it, and far from it, often silent."""
    events, north, minute = [], 0.0, 0
    while minute < 900:
        goal = chance.choice([0, 0, 1500, 4000, 9000])
        lasts = chance.choice([10, 30, 90])
        for n in range(lasts):
            north += (goal - north) * min(1, (n + 1) / 12)
            if chance.random() < 0.6:
                where = near_home(north + chance.gauss(0, 20), chance.gauss(0, 20))
                events.append((HOUR + 60 * (minute + n), {**where, "n": minute + n}))
        minute += lasts + chance.choice([0, 0, 40])
    return events


@pytest.mark.slow
@given(seed=some.integers(0, 2**32))
@hypothesis_settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_wrong_fixes_outside_private_areas_are_as_if_they_had_never_come(owner: Connection, seed: int) -> None:
    chance = random.Random(seed)
    events = walk(chance)
    owner.execute(f"TRUNCATE {TABLES} CASCADE")
    owner.execute("DELETE FROM iot_personal_hub.dim_devices")
    owner.execute("DELETE FROM iot_personal_hub.dim_blocked_areas")
    add_device(owner)
    owner.execute(
        "INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon) VALUES ('home', st_geomfromgeojson(%s))",
        [square().decode()],
    )
    owner.execute("SELECT iot_personal_hub.expect_backlog('{1}')")
    store(owner, *events)
    refresh(owner)
    wrong = []
    for _ in range(5):
        begins = TIME + chance.randrange(900) * MINUTE
        ends = begins + chance.choice([1, 5, 30, 120]) * MINUTE
        inside = "SELECT FROM iot_personal_hub.locations WHERE private AND location_time >= %s AND location_time < %s"
        if not rows(owner, inside, begins, ends):
            correct(owner, "wrong_fixes", begins, ends)
            wrong.append((begins.timestamp(), ends.timestamp()))
    refresh(owner)
    marked = derived(owner)

    owner.execute(f"TRUNCATE {TABLES} CASCADE")
    owner.execute("SELECT iot_personal_hub.expect_backlog('{1}')")
    store(owner, *(
        (time, {key: value for key, value in event.items() if key != "location"})
        if any(begins <= time < ends for begins, ends in wrong) else (time, event)
        for time, event in events
    ))  # fmt: skip
    refresh(owner)
    without = derived(owner)
    del marked["fixes"], without["fixes"]
    assert marked == without


@pytest.mark.slow
@given(seed=some.integers(0, 2**32))
@hypothesis_settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_order_of_fixes_and_marks_leaves_no_trace(owner: Connection, seed: int) -> None:
    chance = random.Random(seed)
    owner.execute(
        "TRUNCATE iot_personal_hub.raw_devices_properties, iot_personal_hub.locations, iot_personal_hub.corrections,"
        " iot_personal_hub.agg_hourly_devices_metrics, iot_personal_hub.journeys, iot_personal_hub.stale_hours,"
        " iot_personal_hub.agg_hourly_devices_smartphone_location_details,"
        " iot_personal_hub.agg_hourly_devices_smartphone_events_counter,"
        " iot_personal_hub.shown_locations, iot_personal_hub.shown_events CASCADE"
    )
    owner.execute("DELETE FROM iot_personal_hub.dim_devices")
    for device_id in (1, 2):
        add_device(owner, device_id, f"phone {device_id}")
    fixes = [
        fix(
            5 * n,
            chance.choice([NEAR, NEAR, NEAR, NEAR + 0.01, 45.0]),
            fix_accuracy_m=chance.choice([10, 10, 10, 6000]),
        )
        for n in sorted(chance.sample(range(60), 25))
    ]
    stretches = [(chance.randrange(300), chance.choice([1, 10, 70])) for _ in range(4)]

    def mark(device_id: int, stretch: tuple[int, int]) -> int:
        begins = TIME + stretch[0] * MINUTE
        return correct(owner, "wrong_fixes", begins, begins + stretch[1] * MINUTE, device_id=device_id)

    store(owner, *fixes)
    for stretch in stretches[1:]:
        mark(1, stretch)
    refresh(owner)

    # The second device is marked and unmarked while its fixes come in any order.
    mistaken = mark(2, stretches[0])
    steps: list[Any] = [*fixes, *stretches[1:]]
    chance.shuffle(steps)
    for step in steps:
        if isinstance(step[1], int):
            mark(2, step)
        else:
            store(owner, step, device_id=2)
        refresh(owner)
    undo(owner, mistaken)
    refresh(owner)
    assert derived(owner, 2) == derived(owner, 1)
