"""What the database looks like today, as a text for people: ``schema.sql`` beside this file is written from it.

The catalogue is read, not pg_dump's output, which differs between versions of PostgreSQL and puts a table's
constraints and comments far from its columns. Bodies of views and functions stand in ``sql/``.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query

FILE = Path(__file__).with_name("schema.sql")

_HEADER = """\
-- The schema of a freshly migrated database, to be read: `make schema` writes it. Nothing runs this file.
-- Months of raw_devices_properties are partitions of their own. Views and functions are in sql/, with their bodies.
"""
_WIDTH = 116
_Row = Mapping[str, Any]


def schema_text(connection: psycopg.Connection[DictRow]) -> str:
    """Return the schema of the hub's database: tables, views, and the signatures of functions."""
    parts = [
        _HEADER,
        *(_table(connection, table) for table in connection.execute(query("schema_tables")).fetchall()),
        *(_view(connection, view) for view in connection.execute(query("schema_views")).fetchall()),
        "".join(_function(function) for function in connection.execute(query("schema_functions"))),
    ]
    return "\n".join(parts)


def _table(connection: psycopg.Connection[DictRow], table: _Row) -> str:
    relation = {"relation": table["name"]}
    columns = [_column(column) for column in connection.execute(query("schema_columns"), relation)]
    constraints = [_constraint(constraint) for constraint in connection.execute(query("schema_constraints"), relation)]
    partition = f" PARTITION BY {table['partition_key']}" if table["partition_key"] else ""
    after = [
        *(_comment(index["comment"]) + f"{index['definition']};\n"
          for index in connection.execute(query("schema_indexes"), relation)),
        *(f"{trigger['definition']};\n" for trigger in connection.execute(query("schema_triggers"), relation)),
    ]  # fmt: skip
    return (
        _comment(table["comment"])
        + f"CREATE TABLE {table['name']} (\n"
        + ",\n".join([*columns, *constraints])
        + f"\n){partition};\n"
        + "".join(after)
    )


def _view(connection: psycopg.Connection[DictRow], view: _Row) -> str:
    columns = [_column(column) for column in connection.execute(query("schema_columns"), {"relation": view["name"]})]
    return _comment(view["comment"]) + f"CREATE VIEW {view['name']} (\n" + ",\n".join(columns) + "\n);\n"


def _column(column: _Row) -> str:
    return _comment(column["comment"], indent="    ") + f"    {' '.join(_column_words(column))}"


def _column_words(column: _Row) -> Iterator[str]:
    yield f"{column['name']} {_short(column['type'])}"
    if column["is_required"]:
        yield "NOT NULL"
    if column["identity"]:
        yield f"GENERATED {'ALWAYS' if column['identity'] == 'a' else 'BY DEFAULT'} AS IDENTITY"
    elif column["is_generated"]:
        yield f"GENERATED ALWAYS AS ({column['expression']}) STORED"
    elif column["expression"] is not None:
        yield f"DEFAULT {column['expression']}"


def _constraint(constraint: _Row) -> str:
    index = f"Index: {constraint['index_comment']}" if constraint["index_comment"] else None
    return (
        _comment(constraint["comment"], indent="    ")
        + _comment(index, indent="    ")
        + f"    CONSTRAINT {constraint['name']} {constraint['definition']}"
    )


def _function(function: _Row) -> str:
    kind = "FUNCTION" if function["result"] else "PROCEDURE"
    # Of a function with OUT parameters they say what it returns.
    returns = f" RETURNS {function['result']}" if function["result"] not in (None, "record") else ""
    signature = _short(f"{kind} {function['name']}({function['arguments']}){returns};")
    return "\n    ".join(textwrap.wrap(signature, _WIDTH, break_long_words=False)) + "\n"


def _short(types: str) -> str:
    return types.replace("timestamp with time zone", "timestamptz")


def _comment(text: str | None, indent: str = "") -> str:
    lines = textwrap.wrap(text or "", _WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
    return "".join(f"{indent}-- {line}\n" for line in lines)
