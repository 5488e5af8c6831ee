"""Fills the database's catalogue of properties from the hub's own, whenever a database is migrated.

The catalogue's: kind, bounds, words, aliases, disclosure, and which properties there are. The owner's: rows of their
own, names and units, and the switches ``published`` and ``rolled_up`` of every row. A switch that still is as
it was shipped follows the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from iot_hub.database.queries import query
from iot_hub.properties.catalogue import Property, catalogue

Row = Mapping[str, Any]
Path = tuple[str, ...]


def store_properties(connection: psycopg.Connection[DictRow]) -> list[Path]:
    """Store the catalogue. Return the paths of numbers that have no figures of the past yet."""
    stored = connection.execute(query("stored_properties")).fetchall()
    rows = list(changed_rows(catalogue(), stored))
    # Each statement has everything that is published compared again.
    if rows:
        connection.execute(query("store_properties"), {"rows": Jsonb(rows)})
    return paths_without_figures(rows, stored)


def mark_hours_with(connection: psycopg.Connection[DictRow], paths: Iterable[Path]) -> int:
    """Mark the hours stale in which an event has one of the paths. Return how many they are."""
    row = connection.execute(query("mark_hours_with"), {"paths": Jsonb([list(path) for path in paths])}).fetchone()
    return int(row["hours"]) if row else 0


def changed_rows(properties: Iterable[Property], stored: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Yield the rows that differ from those stored, as they are to be."""
    by_path = {tuple(row["path"]): row for row in stored}
    names = {row["name"] for row in by_path.values()}
    shipped = {each.path: each for each in properties if each.is_stored}
    for path, found in shipped.items():
        row = by_path.get(path)
        if row is None:
            # A name that its owner has given to something else stays so.
            if found.metric not in names:
                yield _new(found)
        elif row["kind"] == found.kind and (merged := _merged(row, found)) != row:
            yield _plain(merged)
    for path, row in by_path.items():
        if path not in shipped and row["shipped_published"] is not None:
            # Its figures stay, and are its owner's from now on.
            yield _plain({**row, "shipped_published": None, "shipped_rolled_up": None})


def paths_without_figures(rows: Iterable[Row], stored: Iterable[Row]) -> list[Path]:
    """Return the paths, aliases among them, of rows that are rolled up and were not until now, or not under these."""
    known = {tuple(row["path"]): _rolled_up_paths(row) for row in stored}
    return [path for row in rows for path in _rolled_up_paths(row) if path not in known.get(tuple(row["path"]), ())]


def _rolled_up_paths(row: Row) -> list[Path]:
    if not row["rolled_up"]:
        return []
    return [tuple(row["path"]), *((row["path"][0], alias) for alias in row["aliases"])]


def _merged(row: Row, found: Property) -> dict[str, Any]:
    return {
        **row,
        **_meaning(found),
        "published": _switched(row["published"], row["shipped_published"], found.published),
        "rolled_up": _switched(row["rolled_up"], row["shipped_rolled_up"], found.rolled_up),
    }


def _switched(now: bool, shipped_before: bool | None, shipped: bool) -> bool:
    return shipped if now == shipped_before else now


def _new(found: Property) -> dict[str, Any]:
    return {
        "name": found.metric,
        "unit": found.unit,
        "path": list(found.path),
        "published": found.published,
        "rolled_up": found.rolled_up,
        **_meaning(found),
    }


def _meaning(found: Property) -> dict[str, Any]:
    return {
        "aliases": found.aliases,
        "kind": found.kind,
        "least": found.least,
        "most": found.most,
        "words": found.words,
        # Text has none, and is never published.
        "disclosure": found.disclosure or "counter",
        "counter": found.increase is not None,
        "state": found.is_state,
        "shipped_published": found.published,
        "shipped_rolled_up": found.rolled_up,
    }


def _plain(row: Row) -> dict[str, Any]:
    """Return a row as JSON has it: an owner's bounds may be decimals."""
    return {
        name: str(value) if name in ("least", "most") and value is not None else value for name, value in row.items()
    }
