"""Migrations: a new database, an old one, two at once, and the first beta's."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator

import psycopg
import pytest
from events import FIRST_BETA_PROPERTIES, Connection, refresh, rows
from paths import ROOT
from waiting import wait_until

from iot_hub import __version__
from iot_hub.database import migration_locks
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.migrations import LEAST_VERSION, Migrated, migrate
from iot_hub.database.queries import query_names, sql_files
from iot_hub.errors import UserError
from iot_hub.settings import Settings


def test_migrating_twice_does_nothing_the_second_time(empty_settings: Settings) -> None:
    assert migrate(empty_settings).applied
    assert migrate(empty_settings) == Migrated([], None)


def test_two_processes_may_migrate_at_once(empty_settings: Settings) -> None:
    done: list[Migrated] = []
    threads = [threading.Thread(target=lambda: done.append(migrate(empty_settings))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(run.applied) for run in done) == [0, len(sql_files("migrations"))]


@contextlib.contextmanager
def migrating(
    settings: Settings, owner: Connection, monkeypatch: pytest.MonkeyPatch, held: str
) -> Iterator[Connection]:
    """Have a migration try while a reader's transaction holds a view or table; give the reader's connection."""
    monkeypatch.setattr(migration_locks, "PAUSE_SECONDS", 0.01)
    owner.execute("UPDATE public.iot_hub_migrations SET digest = 'older' WHERE name = 'repeatable'")
    # The one that looks for a deadlock first is its victim: never the migration here.
    owner.execute(f"ALTER DATABASE {owner.info.dbname} SET deadlock_timeout = '1min'")
    migration = threading.Thread(target=migrate, args=(settings,))
    with connect(owner_conninfo(settings, "a reader")) as reader:
        reader.execute("SET deadlock_timeout = '1s'")
        with reader.transaction():
            reader.execute(f"LOCK TABLE {held} IN ACCESS SHARE MODE")
            migration.start()
            wait_until(lambda: is_waiting_for_a_lock(owner))
            yield reader
            assert not is_current(owner)
        migration.join()
    assert is_current(owner)


def is_waiting_for_a_lock(owner: Connection) -> bool:
    database = "(SELECT oid FROM pg_database WHERE datname = current_database())"
    return bool(rows(owner, f"SELECT FROM pg_locks WHERE NOT granted AND database = {database}"))


def is_current(owner: Connection) -> bool:
    return rows(owner, "SELECT FROM public.iot_hub_migrations WHERE name = 'repeatable' AND digest = 'older'") == []


@pytest.mark.parametrize(
    ("held", "read"),
    [
        # Each pair in both orders: a migration that locks one after the other meets one of them as a deadlock.
        ("iot_hub_owner.devices", "iot_personal_hub.hub_settings"),
        ("iot_personal_hub.hub_settings", "iot_hub_owner.devices"),
        ("iot_hub_public.locations", "iot_hub_owner.events"),
        ("iot_hub_owner.events", "iot_hub_public.locations"),
    ],
)
def test_no_reader_is_the_victim_of_a_deadlock_with_a_migration(
    settings: Settings, owner: Connection, monkeypatch: pytest.MonkeyPatch, held: str, read: str
) -> None:
    with migrating(settings, owner, monkeypatch, held) as reader:
        reader.execute(f"SELECT FROM {read} LIMIT 1")


def test_others_read_and_write_while_a_migration_waits_for_a_long_query(
    settings: Settings, owner: Connection, viewer: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with migrating(settings, owner, monkeypatch, "iot_personal_hub.dim_devices"):
        # Each may wait behind one attempt, not behind the query.
        owner.execute("SET statement_timeout = '5s'")
        viewer.execute("SET statement_timeout = '5s'")
        for _ in range(4):
            wait_until(lambda: is_waiting_for_a_lock(owner))
            assert rows(viewer, "SELECT FROM iot_hub_public.devices") == []
            owner.execute("UPDATE iot_personal_hub.hub_settings SET value = value")


def test_a_migration_that_gets_no_lock_names_who_has_them(
    settings: Settings, owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration_locks, "MAX_SECONDS", 0)
    owner.execute("UPDATE public.iot_hub_migrations SET digest = 'older' WHERE name = 'repeatable'")
    with connect(owner_conninfo(settings, "Grafana")) as reader, reader.transaction():
        reader.execute("LOCK TABLE iot_hub_public.devices IN ACCESS SHARE MODE")
        with pytest.raises(
            UserError, match=rf"other programs use its tables: Grafana \(process {reader.info.backend_pid}\)"
        ):
            migrate(settings)
    assert not is_current(owner)


def test_a_migration_that_meets_a_deadlock_with_an_old_process_starts_again(
    empty_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The locks of tables are taken at once; others, such as those of a device's refresh, are not."""
    migrate(empty_settings)
    failures = [psycopg.errors.DeadlockDetected("deadlock detected")]

    def lock_relations(_: Connection) -> None:
        if failures:
            raise failures.pop()

    monkeypatch.setattr("iot_hub.database.migrations.lock_relations", lock_relations)
    with connect(owner_conninfo(empty_settings, "tests")) as owner:
        owner.execute("UPDATE public.iot_hub_migrations SET digest = 'older' WHERE name = 'repeatable'")
        migrate(empty_settings)
        assert failures == []
        assert is_current(owner)


def test_a_database_of_a_newer_version_is_refused(settings: Settings, owner: Connection) -> None:
    owner.execute("INSERT INTO public.iot_hub_migrations (name, digest) VALUES ('0999_from_the_future', 'x')")
    with pytest.raises(UserError, match="newer version"):
        migrate(settings)


def as_of(owner: Connection, version: str, least_version: str) -> None:
    """Have the database be of another version."""
    owner.execute("UPDATE public.iot_hub_release SET version = %s, least_version = %s", (version, least_version))


def test_a_database_of_a_newer_version_that_suits_this_one_is_left_alone(
    settings: Settings, owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iot_hub.database.migrations.__version__", "99.9.0")
    owner.execute("INSERT INTO public.iot_hub_migrations (name, digest) VALUES ('0999_from_the_future', 'x')")
    owner.execute("UPDATE public.iot_hub_migrations SET digest = 'newer views' WHERE name = 'repeatable'")
    as_of(owner, "99.10.0", least_version="99.9.0")
    assert migrate(settings) == Migrated([], None, newer_version="99.10.0")
    kept = rows(owner, "SELECT digest FROM public.iot_hub_migrations WHERE name = 'repeatable'")
    assert kept == [{"digest": "newer views"}]
    assert rows(owner, "SELECT version FROM public.iot_hub_release") == [{"version": "99.10.0"}]


def test_a_database_of_a_newer_version_that_took_something_away_is_refused(
    settings: Settings, owner: Connection
) -> None:
    as_of(owner, "99.10.0", least_version="99.9.0")
    with pytest.raises(UserError, match=r"99\.9\.0 or newer"):
        migrate(settings)


def test_the_first_migration_of_a_newer_version_notes_it(settings: Settings, owner: Connection) -> None:
    as_of(owner, "0.9.0", least_version="0.9.0")
    migrate(settings)
    noted = rows(owner, "SELECT version, least_version FROM public.iot_hub_release")
    assert noted == [{"version": __version__, "least_version": LEAST_VERSION}]


def test_an_edited_migration_is_refused(settings: Settings, owner: Connection) -> None:
    owner.execute("UPDATE public.iot_hub_migrations SET digest = 'x' WHERE name LIKE '0002%%'")
    with pytest.raises(UserError, match="0002"):
        migrate(settings)


def test_a_failed_migration_leaves_nothing_behind(empty_settings: Settings) -> None:
    with connect(owner_conninfo(empty_settings, "tests")) as owner:
        owner.execute("CREATE SCHEMA iot_personal_hub")
        owner.execute("CREATE TABLE iot_personal_hub.device_tokens (mine int)")
        with pytest.raises(Exception, match="device_tokens"):
            migrate(empty_settings)
        assert rows(owner, "SELECT to_regclass('iot_personal_hub.enum_device_type') AS it") == [{"it": None}]


def test_migrations_are_named_number_verb_noun_without_a_gap() -> None:
    names = [file.name for file in sql_files("migrations")]
    assert [name for name in names if not re.fullmatch(r"\d{4}(_[a-z]+){2,}\.sql", name)] == []
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_every_statement_is_used_and_every_used_one_exists() -> None:
    python = "\n".join(path.read_text() for path in (ROOT / "iot_hub").rglob("*.py"))
    used = set(re.findall(r'query\(\s*"(\w+)"', python)) | set(re.findall(r'query="(\w+)"', python))
    mentioned = {name for name in query_names() if f'"{name}"' in python}
    assert used <= query_names()
    assert mentioned == query_names()


# The first beta


@pytest.fixture
def first_beta(empty_settings: Settings) -> Settings:
    with connect(owner_conninfo(empty_settings, "tests")) as owner:
        owner.execute((ROOT / "tests" / "first_beta.sql").read_bytes())
    return empty_settings


def put(owner: Connection, event_id: int, timestamp: int, properties: object, device_id: int = 1) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.raw_devices_properties (id, device_id, device_timestamp, properties)"
        " VALUES (%s, %s, %s, %s)",
        (event_id, device_id, timestamp, None if properties is None else json.dumps(properties)),
    )


def test_no_row_of_the_first_beta_is_lost_and_ids_are_kept(first_beta: Settings) -> None:
    with connect(owner_conninfo(first_beta, "tests")) as owner:
        for minute in range(180):
            put(
                owner,
                10 + minute,
                1755861600 + 60 * minute,
                {"battery": {"temperature_C": 20.5, "remaining_percent": minute % 100}},
            )
        put(owner, 500, 1755861600, {"battery": {"temperature_C": 20.5, "remaining_percent": 0}})  # the same again
        put(owner, 501, 1755861600123, FIRST_BETA_PROPERTIES)  # milliseconds
        put(owner, 502, 1755861700, None)
        put(owner, 503, 9_000_000_000_000_000_000, {"a": 1})  # no time at all
        put(owner, 504, 1755861800, {"location": {"latitude": None}}, device_id=7)
        owner.execute(
            "INSERT INTO iot_personal_hub.dim_devices VALUES (1, 'Xiaomi', 'smartphone', 'active', '{\"os\": \"Android\"}')"
        )
        done = migrate(first_beta)
        assert done.adopted == {"events": 183, "duplicates": 1, "quarantined": 1}
        raw = rows(owner, "SELECT id, duplicate_of FROM iot_personal_hub.raw_devices_properties ORDER BY id")
        assert [row["id"] for row in raw] == [*range(10, 190), 500, 501, 502, 504]
        assert {row["id"]: row["duplicate_of"] for row in raw if row["duplicate_of"]} == {500: 10}
        [kept] = rows(owner, "SELECT * FROM iot_personal_hub.quarantine")
        assert json.loads(bytes(kept["payload"]))["id"] == 503
        devices = rows(owner, "SELECT id, name, details FROM iot_personal_hub.dim_devices ORDER BY id")
        assert devices == [
            {"id": 1, "name": "Xiaomi", "details": {"os": "Android"}},
            {"id": 7, "name": "device 7", "details": {}},
        ]
        counted = rows(
            owner, "SELECT sum(count_events) AS n FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter"
        )
        assert counted == [{"n": 183}]
        [next_id] = rows(owner, "SELECT nextval('iot_personal_hub.raw_devices_properties_id_seq') AS it")
        assert next_id == {"it": 505}
        assert rows(owner, "SELECT relname FROM pg_class WHERE relname LIKE 'first_beta%%'") == []
        assert migrate(first_beta) == Migrated([], None)


def test_wrong_roll_ups_of_the_first_beta_are_replaced_and_orphans_kept(first_beta: Settings) -> None:
    counter = "iot_personal_hub.agg_hourly_devices_smartphone_events_counter"
    battery = "iot_personal_hub.agg_hourly_devices_smartphone_battery_details"
    with connect(owner_conninfo(first_beta, "tests")) as owner:
        put(owner, 1, 1755861600, {"battery": {"temperature_C": 28.7}})
        owner.execute(
            f"INSERT INTO {counter} VALUES (1, '2025-08-22 11:00Z', 99), (1, '2025-08-22 12:00Z', 0), (1, '2024-01-01 00:00Z', 12)"
        )
        owner.execute(
            f"INSERT INTO {battery} VALUES (1, '2025-08-22 11:00Z', 29, 29, 29, 0, 0, 0, 0, 0, 0),"
            " (1, '2025-08-22 12:00Z', 0, 0, 0, 0, 0, 0, 0, 0, 0)"
        )
        migrate(first_beta)
        counts = rows(
            owner, f"SELECT date_part('year', date_hour)::int AS year, count_events FROM {counter} ORDER BY 1"
        )
        assert counts == [{"year": 2024, "count_events": 12}, {"year": 2025, "count_events": 1}]
        [row] = rows(owner, f"SELECT temperature_avg, level_avg FROM {battery}")
        assert row == {"temperature_avg": 28.7, "level_avg": None}
        owner.execute("UPDATE iot_personal_hub.dim_devices SET published = true")
        refresh(owner)
        # Where the phone was in the hour whose events are gone is not known.
        published = rows(
            owner,
            "SELECT date_part('year', date_hour)::int AS year FROM iot_personal_hub.published_hourly_events_counter",
        )
        assert published == [{"year": 2025}]


def test_areas_of_the_first_beta_are_adopted_and_those_without_a_polygon_are_reported(first_beta: Settings) -> None:
    with connect(owner_conninfo(first_beta, "tests")) as owner:
        owner.execute(
            "INSERT INTO iot_personal_hub.dim_blocked_areas (name, polygon) VALUES"
            " ('home', ST_MakeEnvelope(21.0, 52.22, 21.02, 52.24, 4326)), ('nothing', NULL),"
            " ('bow tie', ST_GeomFromText('POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))', 4326))"
        )
        put(owner, 1, 1755861600, FIRST_BETA_PROPERTIES)
        migrate(first_beta)
        assert [row["name"] for row in rows(owner, "SELECT name FROM iot_personal_hub.dim_blocked_areas ORDER BY id")] == [
            "home", "bow tie",
        ]  # fmt: skip
        [kept] = rows(owner, "SELECT reason, payload FROM iot_personal_hub.quarantine")
        assert kept["reason"] == "area_without_polygon"
        assert json.loads(bytes(kept["payload"]))["name"] == "nothing"
        assert rows(owner, "SELECT * FROM iot_personal_hub.published_locations") == []
        assert rows(owner, "SELECT * FROM iot_personal_hub.published_hourly_battery_details") == []


def test_a_view_of_the_owners_own_survives_the_adoption(first_beta: Settings) -> None:
    with connect(owner_conninfo(first_beta, "tests")) as owner:
        owner.execute("CREATE VIEW public.mine AS SELECT count(*) FROM iot_personal_hub.raw_devices_properties")
        put(owner, 1, 1755861600, {})
        migrate(first_beta)
        assert rows(owner, "SELECT * FROM public.mine") == [{"count": 1}]
        assert migrate(first_beta) == Migrated([], None)
