"""Every named statement is prepared against the schema: a column that is gone is found before the page that reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import LiteralString, cast

import psycopg
import pytest
from events import Connection

from iot_hub.database.connections import connect, guest_conninfo, owner_conninfo, viewer_conninfo
from iot_hub.database.queries import query, query_names, sql_files
from iot_hub.settings import Settings

FIRST_BETA = Path(__file__).parents[1] / "first_beta.sql"

SQLITE = {"agent_queue", "spool"}
"""The files of these topics are in SQLite's dialect."""

PREPARABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
UTILITY = (
    "ALTER", "ANALYZE", "BEGIN", "CHECKPOINT", "COPY", "CREATE", "DO", "DROP", "GRANT", "LISTEN", "NOTIFY", "SET",
    "VACUUM",
)  # fmt: skip

AUDIENCES = {
    "dashboard": {"owner", "public", "shared"},
    "query_api": {"owner", "public"},
    "exports": {"owner", "public"},
}
"""Who runs the statements of a topic that name no schema: the connection's search_path says whose views they read."""

OWNERS_ONLY = {"count_dropped_days"}

OF_THE_FIRST_BETA = {"next_first_beta_events", "last_first_beta_id"}
TEMPORARY_TABLES = ("create_tried_events", "make_room_for_events")


def topics() -> dict[str, list[str]]:
    return {
        file.stem: re.findall(r"^-- name: (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        for file in sql_files("queries")
    }


def words_of(name: str) -> str:
    return re.sub(r"--.*", "", query(name)).strip()


def is_preparable(name: str) -> bool:
    return words_of(name).startswith(PREPARABLE)


def complaint(connection: Connection, name: str) -> str | None:
    """Return what PostgreSQL says against a statement: its names, its types, and whether the role may run it."""
    numbers: dict[str, int] = {}

    def numbered(match: re.Match[str]) -> str:
        return f"${numbers.setdefault(match[1], len(numbers) + 1)}"

    statement = re.sub(r"%\((\w+)\)s", numbered, query(name)).replace("%%", "%").removesuffix(";")
    arguments = f"({', '.join(['NULL'] * len(numbers))})" if numbers else ""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(cast(LiteralString, f"PREPARE it AS {statement}"))
            connection.execute(cast(LiteralString, f"EXPLAIN EXECUTE it{arguments}"))
    except psycopg.Error as error:
        return f"{name}: {str(error).splitlines()[0]}"
    finally:
        # A rollback leaves prepared statements as they are.
        connection.execute("DEALLOCATE ALL")
    return None


def complaints(connection: Connection, names: Iterable[str]) -> list[str]:
    found = (complaint(connection, name) for name in sorted(names) if is_preparable(name))
    return [line for line in found if line]


def test_every_statement_is_valid_for_the_owner(owner: Connection) -> None:
    names = {name for topic, names in topics().items() if topic not in SQLITE | AUDIENCES.keys() for name in names}
    with owner.transaction(force_rollback=True):
        for name in TEMPORARY_TABLES:
            owner.execute(query(name))
        assert complaints(owner, names - OF_THE_FIRST_BETA | OWNERS_ONLY) == []


@pytest.mark.parametrize(
    ("audience", "conninfo"), [("owner", owner_conninfo), ("public", viewer_conninfo), ("shared", guest_conninfo)]
)
def test_every_audience_may_run_the_statements_that_read_its_views(
    settings: Settings, audience: str, conninfo: Callable[[Settings, str], str]
) -> None:
    names = {name for topic, audiences in AUDIENCES.items() if audience in audiences for name in topics()[topic]}
    with connect(conninfo(settings, "tests")) as connection:
        connection.execute(cast(LiteralString, f"SET search_path TO iot_hub_{audience}"))
        assert complaints(connection, names - OWNERS_ONLY) == []


def test_a_guest_may_open_a_link(settings: Settings) -> None:
    with connect(guest_conninfo(settings, "tests")) as guest:
        assert complaints(guest, {"use_share_token", "shared_link", "note_opening"}) == []


def test_what_is_read_of_a_first_beta_is_there(empty_settings: Settings) -> None:
    with connect(owner_conninfo(empty_settings, "tests")) as owner:
        owner.execute(FIRST_BETA.read_bytes())
        assert complaints(owner, OF_THE_FIRST_BETA) == []


def test_a_statement_that_can_not_be_prepared_is_a_utility_statement() -> None:
    others = {name for topic, names in topics().items() if topic not in SQLITE for name in names}
    others = {name for name in others if not is_preparable(name)}
    assert {name for name in others if not words_of(name).startswith(UTILITY)} == set()
    assert others < query_names()


def test_a_wrong_column_and_a_missing_right_are_found(owner: Connection, viewer: Connection) -> None:
    owner.execute("ALTER TABLE iot_personal_hub.dim_devices RENAME COLUMN type TO kind")
    assert any(line.startswith("list_devices: column device.type") for line in complaints(owner, {"list_devices"}))
    assert complaints(viewer, {"list_quarantine"}) == ["list_quarantine: permission denied for table quarantine"]
    owner.execute("REVOKE ALL ON iot_hub_public.devices FROM iot_hub_viewer")
    viewer.execute("SET search_path TO iot_hub_public")
    assert complaints(viewer, {"listed_device"}) == ["listed_device: permission denied for view devices"]
