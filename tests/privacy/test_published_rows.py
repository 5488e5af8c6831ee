"""Two hubs that differ in hidden rows only answer every question alike, whoever asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from events import Connection, add_device, refresh, rows, store
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from share_world import link, reading

from iot_hub.database.connections import connect, guest_conninfo, owner_conninfo, viewer_conninfo
from iot_hub.database.migrations import migrate
from iot_hub.database.queries import query
from iot_hub.privacy.areas import add_area, remove_area
from iot_hub.settings import Settings
from iot_hub.worker.worker import pack_published_rows

NOON = 1755864000
MINUTE, HOUR, DAY = 60, 3600, 86400
HOME, SHOP = (52.23, 21.01), (52.30, 21.10)
TABLES = (
    "published_devices", "published_events", "published_hourly_battery_details", "published_hourly_counters",
    "published_hourly_events_counter", "published_hourly_location_details", "published_hourly_metrics",
    "published_hourly_states", "published_journey_legs", "published_journeys", "published_locations", "published_map_cells",
    "published_settings",
)  # fmt: skip
READ_DIRECTLY = {"published_devices", "published_settings"}
"""Tables; the others are views of the tables of what is shown."""
EMPTY = {"published_hourly_counters", "published_hourly_states"}
"""Of what only the owner sees."""
PLAN = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF, FORMAT JSON) "


def at(place: tuple[float, float], level: int = 50, **others: Any) -> dict[str, Any]:
    return {
        "location": {"latitude": place[0], "longitude": place[1], "fix_accuracy_m": 5, "altitude_m": 9},
        "battery": {"remaining_percent": level, "temperature_C": 20},
        "climate": {"temperature_C": 21},
        **others,
    }


def home() -> bytes:
    south, west = HOME[0] - 0.001, HOME[1] - 0.001
    north, east = HOME[0] + 0.001, HOME[1] + 0.001
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]}).encode()


def elsewhere() -> bytes:
    return home().replace(b"21.0", b"11.0")


def day_out(day: int) -> list[tuple[float, dict[str, Any]]]:
    """Three hours in a shop far from home, and ten minutes on foot and ten by car, away from both."""
    start = NOON + day * DAY
    return [
        *((start + n * MINUTE, at((SHOP[0] + n % 7 * 1e-4, SHOP[1]), 90 - n // 3)) for n in range(180)),
        *((start + (180 + n) * MINUTE, at((SHOP[0] + n * 8e-4, SHOP[1]), 30)) for n in range(10)),
        *((start + (190 + n) * MINUTE, at((SHOP[0] + 0.008 + n * 0.012, SHOP[1]), 30)) for n in range(10)),
    ]


def night_at_home(day: int, every: int = 5) -> list[tuple[float, dict[str, Any]]]:
    start = NOON + day * DAY + 6 * HOUR
    return [
        (start + n * MINUTE, at((HOME[0] + n % 5 * 1e-5, HOME[1]), 40, motion={"steps": n}))
        for n in range(0, 720, every)
    ]


@pytest.fixture
def hubs(settings: Settings, other_settings: Settings) -> Iterator[tuple[Connection, Connection]]:
    """Two hubs with the same secret, device, and stay away from home of some days."""
    with connect(owner_conninfo(settings, "tests")) as one, connect(owner_conninfo(other_settings, "tests")) as other:
        for owner in (one, other):
            owner.execute("UPDATE iot_personal_hub.hub_settings SET value = 'secret' WHERE name = 'mask_secret'")
            add_device(owner)
        yield one, other


@contextmanager
def readers(settings: Settings) -> Iterator[Connection]:
    with connect(viewer_conninfo(settings, "tests")) as viewer:
        yield viewer


def questions(viewer: Connection) -> list[str]:
    """Every relation that the viewer can name, whole, counted, by key, and by place."""
    relations = rows(
        viewer,
        "SELECT table_schema AS place, table_name AS name FROM information_schema.tables"
        " WHERE table_schema LIKE 'iot%%' ORDER BY 1, 2",
    )
    asked = []
    for relation in relations:
        name = f"{relation['place']}.{relation['name']}"
        asked += [f"SELECT * FROM {name} AS it ORDER BY it::text", f"SELECT count(*) FROM {name}"]
    return [
        *asked,
        "SELECT * FROM iot_personal_hub.published_locations WHERE latitude < 52.25",
        'SELECT * FROM iot_personal_hub.published_events WHERE properties @> \'{"battery": {"remaining_percent": 40}}\'',
        "SELECT * FROM iot_personal_hub.published_events WHERE device_id = 1 ORDER BY device_time DESC LIMIT 5",
        "SELECT count(*) FROM iot_personal_hub.published_locations WHERE device_id = 1 AND location_time > '2025-08-23'",
        "SELECT relname FROM pg_class WHERE relnamespace = 'iot_personal_hub'::regnamespace ORDER BY 1",
        "SELECT relname, reloptions, relacl FROM pg_class WHERE relnamespace = 'iot_personal_hub'::regnamespace ORDER BY 1",
    ]


def answers(settings: Settings) -> dict[str, Any]:
    with readers(settings) as viewer:
        asked = questions(viewer)
        found: dict[str, Any] = {question: rows(viewer, question) for question in asked}
        for question in asked:
            found["plan of " + question] = plan_of(viewer, question)
        return found


def plan_of(reader: Connection, question: str) -> Any:
    """The plan, run until it is the same twice: the first time, and after a vacuum of the server's own, it counts the
    catalogue's pages too."""
    last = rows(reader, PLAN + question)
    for _ in range(20):
        plan = rows(reader, PLAN + question)
        if plan == last:
            return plan
        last = plan
    raise AssertionError(f"no plan of {question} is ever the same")


def differences(settings: Settings, other_settings: Settings) -> dict[str, tuple[Any, Any]]:
    one, other = answers(settings), answers(other_settings)
    assert one.keys() == other.keys()
    assert any(one[question] for question in one)
    return {question: (one[question], other[question]) for question in one if one[question] != other[question]}


def settle(*owners: Connection) -> None:
    for owner in owners:
        refresh(owner)
        owner.execute("VACUUM ANALYZE")


@pytest.mark.slow
def test_hidden_rows_change_no_answer_and_no_plan(
    hubs: tuple[Connection, Connection], settings: Settings, other_settings: Settings
) -> None:
    for owner in hubs:
        add_area(owner, "home", home())
        for day in range(3):
            store(owner, *day_out(day))
        refresh(owner)
    for day in range(3):
        store(hubs[0], *night_at_home(day))
        refresh(hubs[0])
    settle(*hubs)
    hidden = rows(hubs[0], "SELECT count(*) AS n FROM iot_personal_hub.raw_devices_properties")
    assert hidden != rows(hubs[1], "SELECT count(*) AS n FROM iot_personal_hub.raw_devices_properties")
    assert differences(settings, other_settings) == {}


@pytest.mark.slow
def test_an_area_drawn_later_leaves_no_trace_of_what_it_hides(
    hubs: tuple[Connection, Connection], settings: Settings, other_settings: Settings
) -> None:
    for day in range(3):
        store(hubs[0], *day_out(day), *night_at_home(day))
        store(hubs[1], *day_out(day))
    settle(*hubs)
    assert differences(settings, other_settings) != {}
    for owner in hubs:
        add_area(owner, "home", home())
    settle(*hubs)
    assert differences(settings, other_settings) == {}


@pytest.mark.slow
@given(nights=st.lists(st.tuples(st.integers(0, 3), st.integers(3, 60)), min_size=1, max_size=4))
@hypothesis_settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_hidden_changes_no_row(
    hubs: tuple[Connection, Connection],
    settings: Settings,
    other_settings: Settings,
    nights: list[tuple[int, int]],
) -> None:
    for owner in hubs:
        owner.execute("DELETE FROM iot_personal_hub.dim_blocked_areas")
        add_area(owner, "home", home())
        store(owner, *(event for day in range(3) for event in day_out(day)))
    for day, every in nights:
        store(hubs[0], *night_at_home(day, every))
    for owner in hubs:
        refresh(owner)
    with readers(settings) as one, readers(other_settings) as other:
        for table in TABLES:
            asked = f"SELECT * FROM iot_personal_hub.{table} AS it ORDER BY it::text"
            assert rows(one, asked) == rows(other, asked)


def test_a_links_reader_gets_the_same_answers_and_plans(
    hubs: tuple[Connection, Connection], settings: Settings, other_settings: Settings
) -> None:
    found = []
    for number, (owner, where) in enumerate(zip(hubs, (settings, other_settings), strict=True)):
        add_area(owner, "home", home())
        store(owner, *day_out(0), *day_out(1))
        if not number:
            refresh(owner)
            store(owner, *night_at_home(0))
        settle(owner)
        token = link(owner, measurements=True)
        with connect(guest_conninfo(where, "tests")) as guest, reading(guest, token):
            views = rows(guest, "SELECT table_name AS name FROM information_schema.tables"
                                " WHERE table_schema = 'iot_hub_shared' ORDER BY 1")  # fmt: skip
            answered = {}
            for view in views:
                asked = f"SELECT * FROM iot_hub_shared.{view['name']} AS it ORDER BY it::text"
                answered[asked] = rows(guest, asked)
                if view["name"] != "link":
                    answered["plan of " + asked] = plan_of(guest, asked)
            answered = {asked: answer for asked, answer in answered.items() if ".link " not in asked}
        found.append(answered)
    assert found[0] == found[1]
    assert len(found[0]) > 10


SPIES = [
    "SELECT pg_current_wal_lsn()", "SELECT pg_current_wal_insert_lsn()", "SELECT pg_walfile_name('0/1')",
    "SELECT pg_logical_emit_message(true, 'a', 'b')", "SELECT txid_current()", "SELECT pg_current_xact_id()",
    "SELECT txid_current_snapshot()", "SELECT pg_current_snapshot()", "SELECT txid_status(700)",
    "SELECT pg_xact_status('700')", "SELECT age('3'::xid)", "SELECT mxid_age('1'::xid)", "SELECT pg_export_snapshot()",
    "SELECT * FROM pg_locks", "SELECT pg_blocking_pids(1)", "SELECT * FROM pg_stat_activity",
    "SELECT * FROM pg_stat_database", "SELECT * FROM pg_stat_user_tables", "SELECT * FROM pg_statio_user_tables",
    "SELECT * FROM pg_stat_wal", "SELECT * FROM pg_stat_bgwriter", "SELECT * FROM pg_stat_archiver",
    "SELECT * FROM pg_stat_progress_vacuum", "SELECT * FROM pg_stats", "SELECT * FROM pg_stats_ext",
    "SELECT * FROM pg_statistic", "SELECT * FROM pg_replication_slots",
    "SELECT pg_relation_size('iot_personal_hub.raw_devices_properties')", "SELECT pg_database_size(current_database())",
    "SELECT pg_tablespace_size('pg_default')", "SELECT pg_relation_filenode('iot_personal_hub.locations')",
    "SELECT pg_relation_filepath('iot_personal_hub.locations')", "SELECT checkpoint_lsn FROM pg_control_checkpoint()",
    "SELECT reltuples FROM pg_class", "SELECT relpages FROM pg_class", "SELECT relfrozenxid FROM pg_class",
    "SELECT xmin FROM pg_class", "SELECT * FROM pg_class", "SELECT datfrozenxid FROM pg_database",
    "SELECT last_value FROM pg_sequences",
    "SELECT st_estimatedextent('iot_personal_hub', 'dim_blocked_areas', 'polygon')",
    "SELECT pg_advisory_lock(1)", "SELECT pg_try_advisory_lock(1)", "SELECT pg_advisory_xact_lock_shared(1, 2)",
    "SELECT pg_advisory_unlock_all()", "SELECT pg_terminate_backend(1)", "SELECT pg_cancel_backend(1)",
    "SELECT lo_create(0)", "SELECT lo_from_bytea(0, 'a')", "SELECT lo_get(1)",
    "CREATE TEMPORARY TABLE mine (a integer)", "CREATE TABLE public.mine (a integer)", "CREATE SCHEMA mine",
    *(f"SELECT {column} FROM iot_personal_hub.{table}" for table in TABLES for column in ("xmin", "ctid", "tableoid")),
    *(f"LOCK TABLE iot_personal_hub.{table} IN {mode} MODE" for table in TABLES for mode in ("ACCESS SHARE", "SHARE")),
    "LOCK TABLE iot_personal_hub.raw_devices_properties IN ACCESS SHARE MODE",
    "SELECT * FROM iot_personal_hub.locations", "SELECT * FROM iot_personal_hub.due_hours",
    "SELECT iot_personal_hub.publish_window(1, '-infinity', 'infinity')", "SET ROLE iot_hub", "SET ROLE postgres",
]  # fmt: skip


@pytest.mark.parametrize("role", ["viewer", "guest"])
def test_a_reader_can_use_nothing_that_tells_of_others_or_stops_them(
    settings: Settings, owner: Connection, role: str
) -> None:
    migrate(settings)
    add_device(owner)
    store(owner, (NOON, at(SHOP)))
    refresh(owner)
    where = viewer_conninfo(settings, "tests") if role == "viewer" else guest_conninfo(settings, "tests")
    with connect(where) as reader:
        reader.execute("SET default_transaction_read_only = off")
        worked = []
        for spy in SPIES:
            try:
                with reader.transaction():
                    if rows_of(reader, spy):
                        worked.append(spy)
            except psycopg.Error as error:
                assert isinstance(
                    error, psycopg.errors.InsufficientPrivilege | psycopg.errors.UndefinedFunction
                    | psycopg.errors.InvalidSchemaName | psycopg.errors.InvalidParameterValue
                    | psycopg.errors.UndefinedObject | psycopg.errors.UndefinedColumn
                ), (spy, error)  # fmt: skip
        assert worked == []


def rows_of(reader: Connection, statement: str) -> bool:
    cursor = reader.execute(statement)
    return cursor.description is None or bool(cursor.fetchall())


def test_nothing_that_a_reader_may_read_reads_a_private_table(owner: Connection) -> None:
    """Walk from each relation that a reading role may select from down to the tables."""
    found = rows(
        owner,
        """
        WITH RECURSIVE readable AS (
            SELECT relation.oid, relation.relkind
            FROM pg_class AS relation
            JOIN pg_namespace AS place ON place.oid = relation.relnamespace
            WHERE place.nspname LIKE 'iot%%'
              AND relation.relkind IN ('r', 'p', 'v')
              AND (has_any_column_privilege('iot_hub_viewer', relation.oid, 'SELECT')
                   OR has_any_column_privilege('iot_hub_guest', relation.oid, 'SELECT'))
        ),
        below AS (
            SELECT readable.oid FROM readable
            UNION
            SELECT dependency.refobjid
            FROM below
            JOIN pg_rewrite AS rule ON rule.ev_class = below.oid
            JOIN pg_depend AS dependency
                ON dependency.classid = 'pg_rewrite'::regclass AND dependency.objid = rule.oid
               AND dependency.refclassid = 'pg_class'::regclass
        )
        SELECT DISTINCT relation.relname AS name
        FROM below
        JOIN pg_class AS relation ON relation.oid = below.oid
        WHERE relation.relkind IN ('r', 'p')
        ORDER BY 1
        """,
    )
    # A link's own row says what its reader may see; no reading is in it. A link of a year shows published cells, and in which
    # of the world's countries published trips ended.
    behind = [name if name in READ_DIRECTLY else name.replace("published_", "shown_") for name in TABLES]
    assert [row["name"] for row in found] == sorted([*behind, "country_pieces", "share_link_devices", "share_links"])


def test_settings_that_a_reader_gives_its_role_are_reset_and_do_not_reach_the_hubs_pages(
    settings: Settings, owner: Connection, viewer: Connection
) -> None:
    viewer.execute("SET default_transaction_read_only = off")
    viewer.execute("ALTER ROLE iot_hub_viewer SET statement_timeout = '1ms'")
    try:
        assert rows(owner, query("changed_reading_roles")) == [{"role": "iot_hub_viewer"}]
        with connect(viewer_conninfo(settings, "tests")) as page:
            assert rows(page, "SHOW statement_timeout") == [{"statement_timeout": "30s"}]
    finally:
        migrate(settings)
    assert rows(owner, query("changed_reading_roles")) == []


def test_removing_the_last_area_and_adding_it_again_publishes_the_same_rows(
    hubs: tuple[Connection, Connection], settings: Settings
) -> None:
    owner = hubs[0]
    add_area(owner, "home", home())
    store(owner, *day_out(0), *night_at_home(0))
    refresh(owner)
    with readers(settings) as viewer:
        asked = [f"SELECT * FROM iot_personal_hub.{table} AS it ORDER BY it::text" for table in TABLES]
        before = [rows(viewer, question) for question in asked]
        remove_area(owner, "home")
        refresh(owner)
        assert [rows(viewer, question) for question in asked] != before
        add_area(owner, "home", home())
        refresh(owner)
        assert [rows(viewer, question) for question in asked] == before


def test_a_device_is_published_withdrawn_and_published_again(owner: Connection, viewer: Connection) -> None:
    add_device(owner, published=False)
    store(owner, *day_out(0))
    refresh(owner)
    counts = " UNION ALL ".join(
        f"SELECT '{table}' AS name, count(*) AS n FROM iot_personal_hub.{table}"
        for table in TABLES[:-1]
        if table not in EMPTY
    )
    assert {row["n"] for row in rows(viewer, counts)} == {0}
    owner.execute("UPDATE iot_personal_hub.dim_devices SET published = true")
    refresh(owner)
    published = rows(viewer, counts)
    assert all(row["n"] for row in published)
    owner.execute("UPDATE iot_personal_hub.dim_devices SET published = false")
    assert {row["n"] for row in rows(viewer, counts)} == {0}
    refresh(owner)
    assert {row["n"] for row in rows(viewer, counts)} == {0}
    owner.execute("UPDATE iot_personal_hub.dim_devices SET published = true")
    refresh(owner)
    assert rows(viewer, counts) == published


@pytest.mark.slow
def test_a_further_area_leaves_no_trace_once_the_worker_has_packed_the_tables(
    hubs: tuple[Connection, Connection], settings: Settings, other_settings: Settings
) -> None:
    for day in range(3):
        store(hubs[0], *day_out(day), *night_at_home(day))
        store(hubs[1], *day_out(day))
    for owner in hubs:
        add_area(owner, "elsewhere", elsewhere())
    settle(*hubs)
    for owner in hubs:
        add_area(owner, "home", home())
        refresh(owner)
        pack_published_rows(owner)
    settle(*hubs)
    assert differences(settings, other_settings) == {}
