"""The schema as it is written down: ``schema.sql`` is current, and everything in it says what it is for."""

from __future__ import annotations

import re

from events import Connection, rows

from iot_hub.database.queries import query_names
from iot_hub.database.schema_text import FILE, schema_text

UNCOMMENTED = """
    WITH hub AS (
        SELECT relation.oid, relation.relkind, relation.oid::regclass::text AS name
        FROM pg_class AS relation
        WHERE (relation.relnamespace::regnamespace::text LIKE 'iot_%%' OR relation.relname LIKE 'iot_hub_%%')
          AND relation.relkind IN ('r', 'p', 'v', 'i', 'I')
          AND NOT relation.relispartition
    )
    SELECT hub.name FROM hub WHERE obj_description(hub.oid, 'pg_class') IS NULL
    UNION ALL
    SELECT entry.conname
    FROM hub
    JOIN pg_constraint AS entry ON entry.conrelid = hub.oid AND entry.contype IN ('p', 'u', 'f', 'c', 'x')
    WHERE obj_description(entry.oid, 'pg_constraint') IS NULL
    ORDER BY 1
"""


def test_schema_sql_is_what_a_migrated_database_looks_like(owner: Connection) -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(owner), "run `make schema`"


def test_a_migration_that_nobody_wrote_down_is_seen(owner: Connection) -> None:
    for change in (
        "ALTER TABLE iot_personal_hub.dim_devices ADD COLUMN colour text",
        "CREATE INDEX ON iot_personal_hub.dim_devices (status)",
        "ALTER TABLE iot_personal_hub.dim_devices ADD CONSTRAINT x CHECK (status <> '')",
        "COMMENT ON COLUMN iot_personal_hub.dim_devices.name IS 'What people call it.'",
        "CREATE VIEW iot_hub_public.more AS SELECT 1 AS one",
    ):
        before = schema_text(owner)
        owner.execute(change)
        assert schema_text(owner) != before, change


def test_months_of_events_are_not_part_of_the_schema(owner: Connection) -> None:
    before = schema_text(owner)
    owner.execute("SELECT iot_personal_hub.ensure_partitions('{2026-08-01, 2026-09-01}')")
    assert schema_text(owner) == before


def test_every_table_view_constraint_and_index_has_a_comment(owner: Connection) -> None:
    assert rows(owner, UNCOMMENTED) == []


def test_what_has_no_comment_is_found(owner: Connection) -> None:
    owner.execute(
        "CREATE TABLE iot_personal_hub.more (n int CONSTRAINT more_key UNIQUE CONSTRAINT more_is_some CHECK (n > 0))"
    )
    assert [row["name"] for row in rows(owner, UNCOMMENTED)] == [
        "iot_personal_hub.more", "iot_personal_hub.more_key", "more_is_some", "more_key",
    ]  # fmt: skip


def test_the_comment_of_an_index_names_a_query_that_exists(owner: Connection) -> None:
    functions = {row["proname"] for row in rows(owner, "SELECT DISTINCT proname FROM pg_proc")}
    relations = {row["relname"] for row in rows(owner, "SELECT DISTINCT relname FROM pg_class WHERE relkind = 'v'")}
    constraints = {row["conname"] for row in rows(owner, "SELECT conname FROM pg_constraint WHERE contype = 'f'")}
    indexes = rows(
        owner,
        "SELECT oid::regclass::text AS name, obj_description(oid) AS comment FROM pg_class"
        " WHERE relkind IN ('i', 'I') AND NOT relispartition"
        " AND (relnamespace::regnamespace::text LIKE 'iot_%%' OR relname LIKE 'iot_hub_%%')",
    )
    assert len(indexes) > 50
    for index in indexes:
        called = set(re.findall(r"(\w+)\(\)", index["comment"]))
        assert called <= functions, f"{index['name']}: {sorted(called - functions)} is no function"
        words = set(re.findall(r"\w+", index["comment"]))
        known = words & (functions | relations | constraints | query_names())
        assert known or index["comment"].startswith(("Every query", "Foreign keys")), index
