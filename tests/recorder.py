"""A database of Home Assistant's recorder, of each schema that its readers know."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

State = tuple[str | None, str | None, float, Mapping[str, Any] | None]

_NOW = """
CREATE TABLE states (state_id INTEGER PRIMARY KEY, entity_id CHAR(0), state VARCHAR(255), attributes CHAR(0),
    last_updated CHAR(0), last_updated_ts FLOAT, attributes_id INTEGER, metadata_id INTEGER);
CREATE TABLE states_meta (metadata_id INTEGER PRIMARY KEY, entity_id VARCHAR(255));
CREATE TABLE state_attributes (attributes_id INTEGER PRIMARY KEY, shared_attrs TEXT);
"""
_2022 = """
CREATE TABLE states (state_id INTEGER PRIMARY KEY, entity_id VARCHAR(255), state VARCHAR(255), attributes TEXT,
    last_updated DATETIME, attributes_id INTEGER);
CREATE TABLE state_attributes (attributes_id INTEGER PRIMARY KEY, shared_attrs TEXT);
"""
_2017 = """
CREATE TABLE states (state_id INTEGER PRIMARY KEY, entity_id VARCHAR(255), state VARCHAR(255), attributes TEXT,
    last_updated DATETIME);
"""
SCHEMAS = {
    "now": _NOW,
    "2023.2": _2022.replace("attributes_id INTEGER)", "attributes_id INTEGER, last_updated_ts FLOAT)", 1),
    "2022": _2022,
    "2017": _2017,
}


def write_recorder(path: Path, states: Sequence[State], schema: str = "now") -> Path:
    """Write a database that holds these states."""
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMAS[schema])
        for number, state in enumerate(states, 1):
            _insert(database, schema, number, state)
    return path


def _insert(database: sqlite3.Connection, schema: str, number: int, state: State) -> None:
    entity, value, time, attributes = state
    text = None if attributes is None else json.dumps(attributes)
    row: dict[str, object] = {"state_id": number, "state": value}
    if schema == "2017":
        row["attributes"] = text
    else:
        database.execute("INSERT INTO state_attributes VALUES (?, ?)", (number, text))
        row["attributes_id"] = number
    if schema in ("now", "2023.2"):
        row["last_updated_ts"] = time
    else:
        [row["last_updated"]] = database.execute(
            "SELECT strftime('%Y-%m-%d %H:%M:%f', ?, 'unixepoch')", (time,)
        ).fetchone()
    if schema != "now":
        row["entity_id"] = entity
    elif entity is not None:
        database.execute("INSERT INTO states_meta VALUES (?, ?)", (number, entity))
        row["metadata_id"] = number
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    database.execute(f"INSERT INTO states ({names}) VALUES ({marks})", list(row.values()))
