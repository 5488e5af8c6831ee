"""The role of share links' readers: it walks the whole catalogue and reads nothing but its link's rows."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import psycopg.errors
import pytest
from events import Connection, add_device, refresh, rows, store
from share_world import NOON, UNPUBLISHED, VIEWS, at, link, reading, seen

from iot_hub.privacy.areas import add_area

HOME = b'{"type": "Polygon", "coordinates": [[[21.0, 52.22], [21.02, 52.22], [21.02, 52.24], [21.0, 52.24], [21.0, 52.22]]]}'
SYSTEM = ("pg_catalog", "information_schema")
LATER = datetime(2025, 9, 1, tzinfo=UTC)
POSTGIS = {"spatial_ref_sys", "geometry_columns", "geography_columns"}


def make_world(owner: Connection) -> None:
    """A phone in and out of a private area, and a car elsewhere."""
    add_device(owner, 1, "phone")
    add_device(owner, 2, "car")
    add_area(owner, "home", HOME)
    store(owner, *((NOON + n * 60, at(52.23 + n / 1000, 21.01)) for n in range(120)), device_id=1)
    store(owner, *((NOON + n * 60, at(48.1234 + n / 1000, 11.5)) for n in range(120)), device_id=2)
    refresh(owner)
    owner.execute("ANALYZE")


OF_A_YEAR = ("year_countries", "year_modes", "year_squares")


def test_the_guest_reads_the_views_of_its_schema_and_no_other_relation(owner: Connection, guest: Connection) -> None:
    make_world(owner)
    readable = set()
    for row in rows(
        owner,
        "SELECT nspname, relname FROM pg_class JOIN pg_namespace AS place ON place.oid = relnamespace"
        " WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND nspname <> ALL (%s) AND nspname !~ '^pg_'",
        list(SYSTEM),
    ):
        try:
            guest.execute(f'SELECT * FROM "{row["nspname"]}"."{row["relname"]}" LIMIT 1')
            readable.add((row["nspname"], row["relname"]))
        except psycopg.errors.InsufficientPrivilege:
            pass
    assert readable == {("iot_hub_shared", view) for view in (*VIEWS, *UNPUBLISHED, "moves", *OF_A_YEAR)} | {
        ("public", name) for name in POSTGIS
    }


def test_counters_and_states_are_nobodys_but_the_owners(owner: Connection, guest: Connection) -> None:
    add_device(owner)
    said = {"energy": {"energy_Wh": 5}, "contact": {"open": True}}
    store(owner, *((NOON + 1_000 * n, {**said, "energy": {"energy_Wh": 5 * n}}) for n in range(9)))
    refresh(owner)
    token = link(owner, measurements=True)
    for view in UNPUBLISHED:
        assert rows(owner, f"SELECT * FROM iot_hub_owner.{view}"), view
        assert rows(owner, f"SELECT * FROM iot_hub_public.{view}") == seen(guest, token, view) == [], view


def test_the_guest_enters_no_other_schema_and_calls_no_function_but_the_harmless_ones(owner: Connection) -> None:
    assert [
        row["nspname"]
        for row in rows(
            owner,
            "SELECT nspname FROM pg_namespace WHERE has_schema_privilege('iot_hub_guest', oid, 'USAGE')"
            " AND nspname ~ '^iot_'",
        )
    ] == ["iot_hub_shared"]
    allowed = rows(
        owner,
        "SELECT proname FROM pg_proc JOIN pg_namespace AS place ON place.oid = pronamespace"
        " WHERE nspname ~ '^iot_' AND has_function_privilege('iot_hub_guest', pg_proc.oid, 'EXECUTE') ORDER BY 1",
    )
    assert [row["proname"] for row in allowed] == [
        "arrival", "day_cuts", "great_circle_m", "hour_part", "longitude_arc", "note_arrival", "note_opening", "number_of",
        "opaque_id",
    ]  # fmt: skip


@pytest.mark.slow
def test_no_system_view_or_function_without_arguments_tells_of_hidden_places(
    owner: Connection, guest: Connection
) -> None:
    """Every relation of the system's is read through, and every function that tells of relations is asked."""
    make_world(owner)
    told = []
    for row in rows(
        owner,
        "SELECT nspname, relname FROM pg_class JOIN pg_namespace AS place ON place.oid = relnamespace"
        " WHERE relkind IN ('r', 'v') AND nspname = ANY (%s)",
        list(SYSTEM),
    ):
        try:
            found = rows(guest, f"SELECT it::text AS line FROM {row['nspname']}.{row['relname']} AS it")
        except psycopg.Error:
            continue
        told += [
            row["relname"] for line in found if any(secret in line["line"] for secret in ("48.12", "52.23", "21.0,"))
        ]
    assert told == []


REFUSED = [
    "SELECT st_estimatedextent('iot_personal_hub', 'dim_blocked_areas', 'polygon')",
    "SELECT _postgis_stats(oid::regclass, 'polygon') FROM pg_class WHERE relname = 'dim_blocked_areas'",
    "SELECT _postgis_index_extent(oid::regclass, 'polygon') FROM pg_class WHERE relname = 'dim_blocked_areas'",
    "SELECT n_tup_ins FROM pg_stat_all_tables WHERE relname ~ '^raw'",
    "SELECT pg_stat_get_tuples_inserted(oid) FROM pg_class WHERE relname ~ '^raw'",
    "SELECT pg_relation_size(oid) FROM pg_class WHERE relname ~ '^raw'",
    "SELECT query FROM pg_stat_activity",
    "SELECT pg_read_file('/etc/hostname')",
    "SELECT nextval('iot_personal_hub.share_links_id_seq')",
    "SELECT query_to_xml('SELECT * FROM iot_personal_hub.share_links', true, true, '')",
    "SELECT table_to_xml('iot_hub_shared.access'::regclass, true, true, '')",
    "SELECT * FROM iot_hub_shared.access",
    "SELECT * FROM iot_hub_shared.cells",
    "SELECT * FROM public.iot_hub_migrations",
    "COPY iot_hub_shared.locations TO '/tmp/leak'",
    "COPY iot_hub_shared.locations TO PROGRAM 'cat'",
    "SET ROLE iot_hub",
    "SET ROLE iot_hub_viewer",
    "SET SESSION AUTHORIZATION iot_hub",
    "SELECT set_config('role', 'iot_hub', false)",
    "CREATE TABLE mine (a int)",
    "CREATE FUNCTION iot_hub_shared.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE VIEW iot_hub_shared.devices AS SELECT 1 AS device_id",
    "UPDATE iot_hub_shared.devices SET name = 'x'",
    "DELETE FROM iot_personal_hub.share_openings",
    "ALTER ROLE iot_hub_guest CONNECTION LIMIT 1",
    "GRANT iot_hub TO iot_hub_guest",
]
CLEVER = [
    "1 / (latitude - 48.1234)::int > 0",
    "pg_temp.tell(latitude) > 0",
    "latitude::text::int > 0",
    "st_makepoint(latitude, longitude)::text::int > 0",
]


def test_the_guest_is_refused_all_else(owner: Connection, guest: Connection) -> None:
    make_world(owner)
    link(owner)
    # Whatever only a default holds is off for who has the connection.
    guest.execute("SET default_transaction_read_only = off")
    for statement in REFUSED:
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.WrongObjectType)):
            guest.execute(statement)


def test_a_clever_condition_sees_no_row_that_the_link_does_not_show(owner: Connection, guest: Connection) -> None:
    make_world(owner)
    empty = link(owner, "phone", since=LATER)
    guest.execute("SET default_transaction_read_only = off")
    guest.execute(
        "CREATE FUNCTION pg_temp.tell(value float8) RETURNS int LANGUAGE plpgsql COST 0.0001"
        " AS $$ BEGIN RAISE EXCEPTION 'seen %', value; END $$"
    )
    with reading(guest, empty):
        for condition in CLEVER:
            assert rows(guest, f"SELECT * FROM iot_hub_shared.locations WHERE {condition}") == []


def test_names_of_its_own_catch_nothing_that_the_views_do(owner: Connection, guest: Connection) -> None:
    """Views and the log's function mean what they meant when they were made, whatever the search path is."""
    make_world(owner)
    token = link(owner, "phone", name="of nothing", since=LATER)
    guest.execute("SET default_transaction_read_only = off")
    guest.execute("CREATE TEMP TABLE share_links (id int, token_hash bytea)")
    guest.execute(
        "CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '2020-01-01'::timestamptz $$"
    )
    guest.execute("CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x00'::bytea $$")
    guest.execute("SET search_path = pg_temp, iot_hub_shared, pg_catalog")
    assert seen(guest, token) == []
    with reading(guest, token):
        guest.execute("SELECT iot_hub_shared.note_opening()")
    [opening] = rows(
        owner, "SELECT opened_at > now() - interval '1 hour' AS is_new FROM iot_personal_hub.share_openings"
    )
    assert opening == {"is_new": True}


def test_a_plan_tells_of_the_hash_of_no_token(owner: Connection, guest: Connection) -> None:
    make_world(owner)
    link(owner)
    [kept] = rows(owner, "SELECT encode(token_hash, 'hex') AS it FROM iot_personal_hub.share_links")
    told = rows(guest, "EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM iot_hub_shared.locations")
    assert kept["it"] not in str(told)
    assert "48.12" not in str(told)


def test_all_that_reads_for_a_guest_is_a_security_barrier(owner: Connection) -> None:
    open_ = rows(
        owner,
        "SELECT relname FROM pg_class WHERE relnamespace = 'iot_hub_shared'::regnamespace"
        " AND (relkind <> 'v' OR 'security_barrier=true' <> ALL (coalesce(reloptions, '{}')))",
    )
    assert open_ == []


def test_all_that_runs_with_the_owners_rights_has_a_search_path_of_its_own(owner: Connection) -> None:
    functions = rows(
        owner,
        "SELECT proname, proconfig FROM pg_proc JOIN pg_namespace AS place ON place.oid = pronamespace"
        " WHERE nspname ~ '^iot_' AND prosecdef",
    )
    assert {row["proname"]: row["proconfig"] for row in functions} == {
        # PostGIS is in public, where nobody but the owner creates anything.
        "arrival": ["search_path=pg_catalog, public, pg_temp"],
        "note_arrival": ["search_path=pg_catalog, pg_temp"],
        "note_opening": ["search_path=pg_catalog, pg_temp"],
    }
    [public] = rows(
        owner,
        "SELECT has_schema_privilege('iot_hub_guest', 'public', 'CREATE') AS is_open,"
        " EXISTS (SELECT FROM pg_namespace, aclexplode(nspacl) AS granted"
        " WHERE nspname = 'public' AND granted.grantee = 0 AND granted.privilege_type = 'CREATE') AS is_open_to_all",
    )
    assert not any(public.values())
