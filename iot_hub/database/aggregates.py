"""The hourly aggregates: one folder of ``sql/aggregates`` each, from which everything else about them follows.

``aggregate.toml`` has what is measured, who may see it, and what people call it; ``hourly.sql`` the query for the rows
of a device's hours; ``shared.sql``, where there is one, the query for what a share link shows of them; ``reach.sql``
the query for the hours that change with some others, where what is measured of an hour depends on its neighbours.

Tables, functions and the views of every audience are generated from the folders when a database is migrated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from iot_hub.database.queries import SQL, query

FOLDER = SQL / "aggregates"

_VALUES = {"band": ("min", "avg", "max"), "total": ("sum",), "count": ("count",)}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a language calls a measure, and how it explains it."""

    title: str
    about: str


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is measured of an hour.

    A band is its lowest, average and highest value; a total adds up over hours; a count is a whole total. ``exact``
    keeps a total as a decimal, so that a sum of hours is right to the last digit. In ``metric`` and ``unit`` a name in
    braces is that column's text of the row. ``disclosure`` has no default: somebody has to decide what the value
    reveals of a silence.
    """

    column: str
    kind: Literal["band", "total", "count"]
    unit: str
    disclosure: Literal["measurement", "charge", "counter"]
    metric: str | None = None
    exact: bool = False
    texts: dict[str, Text] = {}

    @property
    def values(self) -> tuple[str, ...]:
        """Return its values' names in the API, in hourly_values, and after its column's."""
        return _VALUES[self.kind]

    @property
    def has_named_rows(self) -> bool:
        """Whether each row says what its metric is called."""
        return self.metric is not None and "{" in self.metric


class _Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    grain: str
    published: bool
    movement: bool
    measures: list[Measure]
    table: str | None = None
    keys: list[str] = []
    """Texts that tell several rows of an hour apart."""
    attributes: list[str] = []
    """Texts that follow from the keys."""
    internal: dict[str, Literal["double precision", "integer", "timestamptz", "numeric"]] = {}

    def __post_init__(self) -> None:
        if self.keys and self.published:
            raise ValueError("an aggregate with keys is not published: nobody has classified what its texts reveal")


@dataclass(frozen=True)
class Aggregate:
    """An hourly aggregate. Its name is its folder's."""

    name: str
    definition: _Definition
    hourly: str
    shared: str | None
    reach: str | None

    @property
    def measures(self) -> list[Measure]:
        """Return what it measures, in the order of the columns."""
        return self.definition.measures

    def row(self) -> dict[str, Any]:
        """Return its row of the database's catalogue, with its columns."""
        return {
            "name": self.name,
            "grain": self.definition.grain,
            "table_name": self.definition.table or f"agg_hourly_devices_{self.name}",
            "published": self.definition.published,
            "movement": self.definition.movement,
            "hourly": self.hourly,
            "shared": self.shared,
            "reach": self.reach,
            "columns": list(self._columns()),
        }

    def _columns(self) -> Iterator[dict[str, Any]]:
        for name in self.definition.keys:
            yield {"name": name, "type": "text", "role": "key"}
        for name in self.definition.attributes:
            yield {"name": name, "type": "text", "role": "attribute"}
        for measure in self.measures:
            for role in measure.values:
                # PostgreSQL folds names that are not quoted, and hourly.sql does not quote them.
                yield {
                    "name": (f"{measure.column}_{role}" if measure.kind == "band" else measure.column).lower(),
                    "type": _type(measure),
                    "role": role,
                    "metric": measure.metric,
                    "unit": measure.unit,
                    "disclosure": measure.disclosure,
                }
        for name, type_name in self.definition.internal.items():
            yield {"name": name, "type": type_name, "role": "internal"}


def _type(measure: Measure) -> str:
    if measure.kind == "count":
        return "integer"
    return "numeric" if measure.exact else "double precision"


@cache
def aggregates() -> tuple[Aggregate, ...]:
    """Return every aggregate, by name. Raise ValueError where a folder does not define one."""
    return tuple(_read(file.parent) for file in sorted(FOLDER.glob("*/aggregate.toml")))


def aggregate_files() -> list[Path]:
    """Return the files that define the aggregates."""
    return sorted(file for file in FOLDER.glob("*/*") if file.suffix in (".toml", ".sql"))


def store_aggregates(connection: psycopg.Connection[DictRow]) -> None:
    """Store the catalogue in the database, which generates everything else from it."""
    connection.execute(query("delete_aggregates"))
    connection.execute(query("store_aggregates"), {"aggregates": Jsonb([each.row() for each in aggregates()])})


def _read(folder: Path) -> Aggregate:
    if not _NAME.fullmatch(folder.name):
        raise ValueError(f"{folder.name}: an aggregate's name has 1 to 40 lower-case letters, digits and underscores")
    try:
        definition = msgspec.toml.decode((folder / "aggregate.toml").read_bytes(), type=_Definition)
    except msgspec.DecodeError as error:
        raise ValueError(f"{folder.name}/aggregate.toml: {error}") from error
    return Aggregate(
        folder.name,
        definition,
        hourly=(folder / "hourly.sql").read_text(encoding="utf-8"),
        shared=_text(folder / "shared.sql"),
        reach=_text(folder / "reach.sql"),
    )


def _text(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None
