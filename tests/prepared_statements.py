"""Preparing the hub's named statements: what PostgreSQL says against them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import LiteralString, cast

import psycopg
from events import Connection

from iot_hub.database.queries import query, sql_files

SQLITE = {file.stem for file in sql_files("queries") if re.search("(?i)pragma|autoincrement", file.read_text("utf-8"))}
"""Topics in SQLite's dialect."""

PREPARABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")

AUDIENCES = {
    "dashboard": {"owner", "public", "shared"},
    "query_api": {"owner", "public"},
    "exports": {"owner", "public"},
    "map": {"owner", "public"},
    "map_cells": {"owner", "public"},
    "posters": {"owner", "public"},
    "statistics": {"owner", "public"},
    "mqtt_figures": {"public"},
}
"""Who runs the statements of a topic that name no schema: the connection's search_path says whose views they read."""

OWNERS_ONLY = {"count_dropped_days", "names_of_positions", "statistics_devices", "statistics_map"}

OF_THE_FIRST_BETA = {"next_first_beta_events", "last_first_beta_id"}
TEMPORARY_TABLES = ("create_tried_events", "create_restored_events")


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


def complaints_of_owner(owner: Connection) -> list[str]:
    """Prepare all statements that the hub runs as the owner of its database."""
    names = {name for topic, names in topics().items() if topic not in SQLITE | AUDIENCES.keys() for name in names}
    with owner.transaction(force_rollback=True):
        for name in TEMPORARY_TABLES:
            owner.execute(query(name))
        return complaints(owner, names - OF_THE_FIRST_BETA | OWNERS_ONLY)


def complaints_of_audience(connection: Connection, audience: str) -> list[str]:
    """Prepare all statements that a page or program of an audience runs."""
    names = {name for topic, audiences in AUDIENCES.items() if audience in audiences for name in topics()[topic]}
    connection.execute(cast(LiteralString, f"SET search_path TO iot_hub_{audience}, public"))
    return complaints(connection, names - OWNERS_ONLY)
