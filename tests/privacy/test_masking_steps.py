"""A change of the areas hides everything at once, and is worked off in steps that leave what one pass would."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from events import Connection, add_device, mask, refresh, rows, store
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from private_zone import LATITUDE, LONGITUDE, METRE, MINUTE, NOON, fix, square
from roll_up_tables import forget
from share_world import VIEWS, link, seen
from waiting import wait_until

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.operations.doctor.area_checks import masking
from iot_hub.operations.doctor.finding import DiagnosticContext
from iot_hub.privacy.areas import add_area, edit_area, remove_area
from iot_hub.settings import Settings
from iot_hub.worker.masking import mask_for, masking_progress

WORK = square(LATITUDE + 5000 * METRE)
PUBLISHED = ("events", "locations", "hourly_events_counter", "hourly_metrics", "journeys", "map_cells")
WITHOUT_READINGS = {"published_devices", "published_settings", "devices", "link"}


def come_and_go(owner: Connection, days: int = 1, device_id: int = 1) -> None:
    """Be at home, go 9 km to the north and come back, each day."""
    way = [*[0] * 30, *range(0, 9000, 300), *[9000] * 60, *range(9000, -1, -300), *[0] * 30]
    for day in range(days):
        start = NOON + day * 86_400
        store(owner, *((start + n * MINUTE, fix(north)) for n, north in enumerate(way)), device_id=device_id)
    refresh(owner)


def step(owner: Connection, most: int) -> bool:
    return bool(rows(owner, "SELECT iot_personal_hub.mask_next_fixes(%s) AS worked", most)[0]["worked"])


def state(owner: Connection) -> dict[str, list[Any]]:
    """Return what masking leaves: flags, spans, published rows."""
    return {
        "fixes": rows(
            owner,
            "SELECT device_id, location_time, latitude, private, hidden FROM iot_personal_hub.locations"
            " ORDER BY device_id, location_time, latitude, longitude",
        ),
        "spans": rows(
            owner,
            "SELECT device_id, starts::text, ends::text FROM iot_personal_hub.private_spans ORDER BY device_id, starts",
        ),
        **{
            name: sorted(
                row["it"] for row in rows(owner, f"SELECT it::text FROM iot_personal_hub.published_{name} AS it")
            )
            for name in PUBLISHED
        },
    }


def from_scratch(owner: Connection) -> dict[str, list[Any]]:
    """Judge everything in one pass, as if nothing had been judged or published before."""
    owner.execute("DELETE FROM iot_personal_hub.private_spans")
    owner.execute(
        "UPDATE iot_personal_hub.locations SET hidden = true, private = EXISTS ("
        "SELECT FROM iot_personal_hub.areas_containing(latitude, longitude, uncertainty_m))"
    )
    for device in rows(owner, "SELECT id FROM iot_personal_hub.dim_devices"):
        owner.execute("SELECT iot_personal_hub.hide_private_spans(%s, '-infinity', 'infinity')", [device["id"]])
        owner.execute(
            "SELECT iot_personal_hub.withdraw(%s, '{(,)}'), iot_personal_hub.queue_hours(%s, '{(,)}')",
            [device["id"], device["id"]],
        )
    refresh(owner)
    return state(owner)


def readable(reader: Connection, owner: Connection) -> set[str]:
    """Return every relation of the hub of which a role may read a row."""
    found = set()
    for row in rows(
        owner,
        "SELECT relnamespace::regnamespace::text AS place, relname FROM pg_class WHERE relkind IN ('r', 'p', 'v')"
        " AND relnamespace::regnamespace::text ~ '^iot_'",
    ):
        try:
            if rows(reader, f'SELECT 1 FROM {row["place"]}."{row["relname"]}" LIMIT 1'):
                found.add(row["relname"])
        except psycopg.errors.InsufficientPrivilege:
            pass
    return found


def recent(owner: Connection) -> None:
    """Report something now and an hour ago: some views show the last days only."""
    now = rows(owner, "SELECT floor(extract(epoch FROM now()))::integer AS now")[0]["now"]
    store(owner, *((now - 7200 + n * MINUTE, fix(9000, altitude_m=5)) for n in range(90)))


def test_nobody_sees_a_reading_from_the_commit_of_a_change_until_it_is_worked_off(
    owner: Connection, viewer: Connection, guest: Connection
) -> None:
    add_device(owner)
    add_area(owner, "work", WORK)
    come_and_go(owner)
    recent(owner)
    refresh(owner)
    token = link(owner, measurements=True)
    before = readable(viewer, owner)
    assert before >= {"published_events", "published_locations", "events", "locations", "last_seen", "hourly_values",
                      "view_device_locations_gis_stricted", "published_hours", *WITHOUT_READINGS} - {"link"}  # fmt: skip
    linked = {view for view in VIEWS if seen(guest, token, view)}
    assert linked >= {"events", "locations", "last_seen", "hourly_metrics"}
    add_area(owner, "home", square())
    assert readable(viewer, owner) <= WITHOUT_READINGS
    assert {view for view in VIEWS if seen(guest, token, view)} == {"devices", "link"}
    while step(owner, 50):
        done = masking_progress(owner) is None
        assert done or readable(viewer, owner) <= WITHOUT_READINGS
    refresh(owner)
    assert readable(viewer, owner) == before
    assert {view for view in VIEWS if seen(guest, token, view)} == linked


def test_a_coarse_link_is_hidden_too(owner: Connection, guest: Connection) -> None:
    add_device(owner)
    come_and_go(owner)
    token = link(owner, precision="1km")
    assert seen(guest, token)
    add_area(owner, "home", square())
    assert seen(guest, token) == []


def test_a_plan_reads_and_counts_no_hidden_row(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    come_and_go(owner)
    add_area(owner, "home", square())
    for name in ("iot_personal_hub.published_events", "iot_personal_hub.published_locations", "iot_hub_public.events",
                 "iot_hub_public.locations", "iot_hub_public.hourly_metrics", "iot_personal_hub.published_hours",
                 "iot_personal_hub.view_devices_smartphone_events_counter", "iot_hub_public.last_seen"):  # fmt: skip
        plan = "\n".join(row["QUERY PLAN"] for row in rows(viewer, f"EXPLAIN (ANALYZE) SELECT * FROM {name}"))
        assert "One-Time Filter" in plan, name
        assert "Removed" not in plan, name
        scans = [line for line in plan.splitlines() if "Scan" in line and "shown_" in line]
        assert scans and all("never executed" in line for line in scans), plan


def test_all_devices_are_hidden_alike(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    add_device(owner, 2, "car")
    come_and_go(owner)
    store(owner, *((NOON + n * MINUTE, fix(90_000)) for n in range(60)), device_id=2)
    refresh(owner)
    add_area(owner, "home", square())
    while masking_progress(owner):
        assert rows(viewer, "SELECT * FROM iot_hub_public.locations") == []
        step(owner, 10)
    refresh(owner)
    devices = rows(viewer, "SELECT DISTINCT device_id FROM iot_hub_public.locations ORDER BY device_id")
    assert devices == [{"device_id": 1}, {"device_id": 2}]


def test_another_name_of_an_area_hides_nothing(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    add_area(owner, "home", square())
    come_and_go(owner)
    edit_area(owner, "home", new_name="house")
    assert masking_progress(owner) is None
    assert rows(viewer, "SELECT * FROM iot_hub_public.locations")


@pytest.mark.parametrize("most", [1, 7, 40, 1_000_000])
def test_steps_of_any_size_leave_what_one_pass_does(owner: Connection, most: int) -> None:
    add_device(owner)
    come_and_go(owner, days=2)
    for change in (
        lambda: add_area(owner, "home", square()),
        lambda: add_area(owner, "work", WORK),
        lambda: edit_area(owner, "home", margin_m=3000),
        lambda: remove_area(owner, "work"),
        lambda: remove_area(owner, "home"),
    ):
        change()
        while step(owner, most):
            pass
        refresh(owner)
        stepwise = state(owner)
        assert stepwise == from_scratch(owner)


def test_a_second_change_begins_again_and_the_first_is_not_forgotten(owner: Connection) -> None:
    add_device(owner)
    come_and_go(owner, days=2)
    add_area(owner, "home", square())
    for _ in range(4):
        step(owner, 60)
    first = masking_progress(owner)
    assert first
    assert 0 < first.percent < 100
    add_area(owner, "work", WORK)
    second = masking_progress(owner)
    assert second
    assert second.judged == 0
    refresh(owner)
    stepwise = state(owner)
    assert stepwise == from_scratch(owner)


def test_an_area_drawn_and_removed_at_once_leaves_what_was_there(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    come_and_go(owner)
    before = state(owner)
    add_area(owner, "home", square())
    step(owner, 60)
    step(owner, 60)
    remove_area(owner, "home")
    assert rows(viewer, "SELECT * FROM iot_hub_public.events") == []
    refresh(owner)
    assert state(owner) == before


def test_a_change_waits_for_no_refresh_and_what_that_refresh_publishes_is_hidden(
    owner: Connection, viewer: Connection, settings: Settings
) -> None:
    add_device(owner)
    add_area(owner, "far away", square(LATITUDE + 1))
    refresh(owner)
    store(owner, *((NOON + n * MINUTE, fix(0)) for n in range(30)))
    with connect(owner_conninfo(settings, "tests")) as refreshing:
        with refreshing.transaction():
            refreshing.execute("SELECT iot_personal_hub.refresh_stale_hours()")
            with owner.transaction():
                owner.execute("SET LOCAL lock_timeout = '1s'")
                add_area(owner, "home", square())
            worker = threading.Thread(target=lambda: _mask_all(settings))
            worker.start()
            # The steps wait for the refresh: it has checked its fixes against the areas of before.
            waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            wait_until(lambda: bool(rows(owner, waiting)))
        worker.join()
    refresh(owner)
    assert rows(owner, "SELECT DISTINCT private FROM iot_personal_hub.locations") == [{"private": True}]
    assert rows(viewer, "SELECT * FROM iot_personal_hub.published_locations") == []


def _mask_all(settings: Settings) -> None:
    with connect(owner_conninfo(settings, "tests")) as connection:
        mask_for(connection, 60)


def test_readings_stay_hidden_where_the_areas_change_while_the_last_step_ends(
    owner: Connection, viewer: Connection, settings: Settings
) -> None:
    add_device(owner)
    come_and_go(owner)
    add_area(owner, "work", WORK)
    mask(owner)
    edit_area(owner, "work", margin_m=1000)
    owner.execute("UPDATE iot_personal_hub.masking_jobs SET judged_until = 'infinity'")
    with connect(owner_conninfo(settings, "tests")) as drawing:
        with drawing.transaction():
            add_area(drawing, "home", square())
            ending = threading.Thread(target=lambda: _mask_one(settings))
            ending.start()
            wait_until(lambda: bool(rows(owner, "SELECT FROM pg_locks WHERE NOT granted")))
        ending.join()
    assert masking_progress(owner)
    assert rows(viewer, "SELECT * FROM iot_personal_hub.published_locations") == []


def _mask_one(settings: Settings) -> None:
    with connect(owner_conninfo(settings, "tests")) as connection:
        step(connection, 10)


def test_the_first_area_withdraws_step_by_step_while_somebody_reads(
    owner: Connection, viewer: Connection, settings: Settings
) -> None:
    add_device(owner)
    come_and_go(owner, days=2)
    with viewer.transaction():
        assert rows(viewer, "SELECT * FROM iot_personal_hub.published_locations")
        add_area(owner, "home", square())
        while step(owner, 50):
            pass
    refresh(owner)
    stepwise = state(owner)
    assert stepwise["locations"]
    assert stepwise == from_scratch(owner)


def test_a_device_that_is_removed_meanwhile_is_waited_for_no_more(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    add_device(owner, 2, "car")
    store(owner, *((NOON + n * MINUTE, fix(9000)) for n in range(60)), device_id=2)
    refresh(owner)
    add_area(owner, "home", square())
    step(owner, 5)
    owner.execute("DELETE FROM iot_personal_hub.dim_devices WHERE id = 1")
    refresh(owner)
    assert masking_progress(owner) is None
    assert rows(viewer, "SELECT * FROM iot_hub_public.locations")


def test_a_step_that_fails_leaves_everything_hidden_and_the_next_goes_on(owner: Connection, viewer: Connection) -> None:
    add_device(owner)
    come_and_go(owner)
    add_area(owner, "home", square())
    step(owner, 50)
    with pytest.raises(psycopg.errors.QueryCanceled), owner.transaction():
        step(owner, 50)
        step(owner, 50)
        owner.execute("SET LOCAL statement_timeout = 1")
        owner.execute("SELECT pg_sleep(10)")
    assert rows(viewer, "SELECT * FROM iot_hub_public.events") == []
    refresh(owner)
    stepwise = state(owner)
    assert stepwise == from_scratch(owner)


def test_airflows_procedure_works_changes_off(owner: Connection, settings: Settings) -> None:
    add_device(owner)
    come_and_go(owner)
    add_area(owner, "work", WORK)
    with connect(owner_conninfo(settings, "tests")) as airflow:
        airflow.execute("SELECT iot_personal_hub.give_roll_ups_to('airflow')")
        airflow.execute("CALL iot_personal_hub.roll_up_stale_hours('airflow')")
    assert masking_progress(owner) is None


def test_the_doctor_tells_of_a_change_that_nobody_works_off(owner: Connection, settings: Settings) -> None:
    add_device(owner)
    context = DiagnosticContext(settings, owner)
    assert masking(context).state == "ok"
    add_area(owner, "home", square())
    assert masking(context).state == "ok"
    owner.execute("UPDATE iot_personal_hub.masking_jobs SET worked_at = now() - interval '1 hour'")
    stalled = masking(context)
    assert stalled.state == "warning"
    assert "iot-hub area finish" in str(stalled)
    mask(owner)
    assert masking(context).state == "ok"


places = st.tuples(st.sampled_from([0, 1500, 2500, 3500, 5000, 7000, 9000]), st.sampled_from([0, 0, 5000]))
ages = st.sampled_from([None, None, None, -30, 30, -120, 120, -1500])
minutes = st.one_of(st.integers(0, 90), st.integers(390, 430), st.integers(1400, 1500))
reports = st.tuples(minutes, places, ages)
changes = st.sampled_from(
    ["home", "work", "wider", "narrower", "no home", "no work", "step", "step", "step", "refresh"]
)


@pytest.mark.slow
@given(
    past=st.lists(reports, min_size=1, max_size=20, unique_by=lambda report: report[0]),
    doings=st.lists(st.one_of(changes, reports), min_size=1, max_size=12),
    most=st.integers(1, 6),
)
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_comes_between_the_steps_the_end_is_that_of_one_pass(
    settings: Settings, past: list[tuple[int, tuple[int, int], int | None]], doings: list[Any], most: int
) -> None:
    with connect(owner_conninfo(settings, "tests")) as owner:
        # What was published goes with its device.
        owner.execute("DELETE FROM iot_personal_hub.dim_devices")
        owner.execute("TRUNCATE iot_personal_hub.raw_devices_properties, iot_personal_hub.due_hours")
        owner.execute("TRUNCATE iot_personal_hub.dim_blocked_areas")
        forget(owner)
        mask(owner)
        add_device(owner)
        # Late fixes that cross a border pause publication, which is none of this.
        owner.execute(
            "INSERT INTO iot_personal_hub.publication_watches (device_id, counts_from) VALUES (1, 'infinity')"
        )
        for report in past:
            store(owner, _event(*report))
        refresh(owner)
        for doing in doings:
            if isinstance(doing, str):
                _do(owner, doing, most)
            else:
                store(owner, _event(*doing))
        refresh(owner)
        stepwise = state(owner)
        assert stepwise == from_scratch(owner)


def _event(minute: int, place: tuple[int, int], age: int | None) -> tuple[float, dict[str, Any]]:
    event = fix(*place)
    if age is not None:
        event["location"]["fix_timestamp"] = NOON + (minute + age) * MINUTE
    return NOON + minute * MINUTE, event


def _do(owner: Connection, what: str, most: int) -> None:
    known = {row["name"] for row in rows(owner, "SELECT name FROM iot_personal_hub.dim_blocked_areas")}
    doings: dict[str, tuple[bool, Callable[[], object]]] = {
        "home": ("home" not in known, lambda: add_area(owner, "home", square())),
        "work": ("work" not in known, lambda: add_area(owner, "work", square(LATITUDE, LONGITUDE + 0.07))),
        "wider": ("home" in known, lambda: edit_area(owner, "home", margin_m=3000)),
        "narrower": ("home" in known, lambda: edit_area(owner, "home", margin_m=900)),
        "no home": ("home" in known, lambda: remove_area(owner, "home")),
        "no work": ("work" in known, lambda: remove_area(owner, "work")),
        "step": (True, lambda: step(owner, most)),
        "refresh": (True, lambda: owner.execute("SELECT iot_personal_hub.refresh_stale_hours(1)")),
    }
    is_possible, do = doings[what]
    if is_possible:
        do()
