"""Which numbers have hourly figures: what is sent, and what the owner adds and removes.

A number is found by its path in an event: ``garden.soil_moisture_percent`` is ``{"garden": {"soil_moisture_percent":
31}}``. What no catalogue knows is counted in a sample of recent events, so that storing an event costs nothing more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.properties import Path, mark_hours_with
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.properties.catalogue import Property, catalogue
from iot_hub.sources import SOURCES

Connection = psycopg.Connection[DictRow]
Status = Literal["rolled_up", "known", "unknown"]

MOST_SAMPLED = 20_000
"""Events that are looked at, the newest of each device: a second's work."""
MOST_LEVELS = 8
LONGEST_NAME = 200

MESSAGES = (
    *SOURCES, "applehealth", "arc", "csv", "dawarich", "fit", "geojson", "geopulse", "google", "gpsd", "gpx", "igc",
    "kml", "life360", "linux", "moves", "nmea", "polarsteps", "samsunghealth", "tcx", "traccar",
)  # fmt: skip
"""Groups that hold an app's, a file's or a machine's own message: what is in it has a meaning elsewhere, or none."""


@dataclass(frozen=True)
class Number:
    """A number of events, and how it is sent."""

    metric: str
    path: Path
    unit: str
    label: str
    status: Status
    """known: the catalogue has it, without hourly figures."""
    is_own: bool
    published: bool
    events: int
    """How many of the sampled events hold it."""
    device: str | None
    """One that sends it."""


@dataclass(frozen=True)
class Added:
    """What adding a number did. ``hours`` are yet to be computed."""

    metric: str
    unit: str
    hours: int


def list_numbers(connection: Connection) -> list[Number]:
    """List the numbers that have hourly figures, and those that are sent without: unknown ones first."""
    stored = connection.execute(query("stored_properties")).fetchall()
    sent = {tuple(row["path"]): row for row in _sent(connection)}
    numbers = [*_rolled_up(stored, sent), *_others(stored, sent)]
    order: list[Status] = ["unknown", "known", "rolled_up"]
    return sorted(numbers, key=lambda each: (order.index(each.status), -each.events, each.metric))


def unknown_numbers(connection: Connection) -> list[Number]:
    """List the numbers that are sent and that no catalogue knows."""
    return [each for each in list_numbers(connection) if each.status == "unknown"]


def add_number(connection: Connection, path: Path, *, name: str | None, unit: str | None) -> Added:
    """Roll up a number from now on, and mark the hours stale in which it has come so far.

    Raises UserError for a path that holds no number, and for a name that is taken.
    """
    with connection.transaction():
        stored = connection.execute(query("stored_properties")).fetchall()
        row = next((row for row in stored if tuple(row["path"]) == path), None)
        known = _known().get(path)
        _check_path(path, row, known)
        if row is not None:
            if name not in (None, row["name"]):
                raise UserError(f"{_dotted(path)} is known as {row['name']!r}, and a metric keeps its name.")
            metric, found_unit = row["name"], unit or row["unit"] or unit_of(path)
            changes = {"name": metric, "unit": found_unit}
            connection.execute(query("change_property"), changes)
            if row["rolled_up"]:
                return Added(metric, found_unit, 0)
        else:
            metric, found_unit = name or _dotted(path), unit or (known and known.unit) or unit_of(path)
            _check_name(connection, metric, stored)
            values = {"name": metric, "unit": found_unit, "path": list(path)}
            _delete_figures(connection, metric)
            connection.execute(query("add_property"), values)
        return Added(metric, found_unit, mark_hours_with(connection, [path]))


def remove_number(connection: Connection, named: str) -> str:
    """Stop rolling up a number, by its metric's name or its path, and delete its hourly figures. Return its name.

    The events keep it. Raises UserError where there is no such number.
    """
    with connection.transaction():
        metric = metric_named(connection, named)
        connection.execute(query("stop_rolling_up"), {"name": metric})
        _delete_figures(connection, metric)
    return metric


def _delete_figures(connection: Connection, metric: str) -> None:
    for statement in ("delete_hourly_metric", "delete_hourly_counter"):
        connection.execute(query(statement), {"name": metric})


def metric_named(connection: Connection, named: str) -> str:
    """Return the name of the metric that has a name or a path. Raise UserError where none is rolled up."""
    stored = [row for row in connection.execute(query("stored_properties")) if row["rolled_up"]]
    for row in stored:
        if named == row["name"]:
            return named
    path = parse_path(named)
    for row in stored:
        if path == tuple(row["path"]):
            return str(row["name"])
    raise UserError(f"No number {named!r} has hourly figures. iot-hub metric list shows those that have.")


def parse_path(text: str) -> Path:
    """Read a path: keys joined by dots, or a JSON array where a key has a dot in it. Raise UserError."""
    keys: object = text.split(".")
    if text.startswith("["):
        try:
            keys = json.loads(text)
        except ValueError:
            keys = None
    if isinstance(keys, list) and all(isinstance(key, str) and key and "\0" not in key for key in keys):
        if 1 <= len(keys) <= MOST_LEVELS:
            return tuple(keys)
    raise UserError(
        f"{text!r} is no path. Join the keys by dots (garden.soil_moisture_percent), or write a JSON array of them."
    )


def unit_of(path: Path) -> str:
    """Return the unit in which a key ends, as the catalogue writes it: humidity_percent is in %. Otherwise 1."""
    endings = {each.key.rpartition("_")[2]: each.unit for each in catalogue() if each.unit not in ("", "1")}
    _, is_there, ending = path[-1].rpartition("_")
    return endings.get(ending, "1") if is_there else "1"


def _check_path(path: Path, row: Mapping[str, Any] | None, known: Property | None) -> None:
    kind = row["kind"] if row is not None else known.kind if known else "number"
    if kind != "number":
        raise UserError(f"{_dotted(path)} is {_KINDS[kind]}, and only numbers have hourly figures.")
    if row is None and known is not None and known.path != path:
        raise UserError(f"{_dotted(path)} has hourly figures already: as {known.metric}.")


_KINDS = {"boolean": "true or false", "enumeration": "a word", "text": "text"}


def _check_name(connection: Connection, name: str, stored: list[DictRow]) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or "\0" in name:
        raise UserError(f"A metric's name has 1 to {LONGEST_NAME} characters.")
    taken = {row["name"] for row in stored} | {row["metric"] for row in connection.execute(query("aggregate_metrics"))}
    if name in taken:
        raise UserError(f"The name {name!r} is taken. Choose another one: --name.")


def _sent(connection: Connection) -> list[DictRow]:
    return connection.execute(query("sent_numbers"), {"most": MOST_SAMPLED, "messages": list(MESSAGES)}).fetchall()


def _rolled_up(stored: list[DictRow], sent: Mapping[Path, DictRow]) -> Iterator[Number]:
    labels = {each.path: each.label["en"] for each in catalogue()}
    for row in stored:
        if not row["rolled_up"]:
            continue
        path = tuple(row["path"])
        found = [sent[each] for each in _paths(row) if each in sent]
        yield Number(
            row["name"],
            path,
            row["unit"],
            labels.get(path, ""),
            "rolled_up",
            row["shipped_rolled_up"] is None,
            row["published"],
            sum(each["events"] for each in found),
            found[0]["device"] if found else None,
        )


def _others(stored: list[DictRow], sent: Mapping[Path, DictRow]) -> Iterator[Number]:
    rolled_up = {path for row in stored if row["rolled_up"] for path in _paths(row)}
    rows = {path: row for row in stored for path in _paths(row)}
    known = _known()
    for path, found in sent.items():
        if path in rolled_up:
            continue
        property_, row = known.get(path), rows.get(path)
        yield Number(
            row["name"] if row else _dotted(path),
            path,
            row["unit"] if row else property_.unit if property_ else unit_of(path),
            property_.label["en"] if property_ else "",
            "known" if property_ or row else "unknown",
            row is not None and row["shipped_rolled_up"] is None,
            bool(row and row["published"]),
            found["events"],
            found["device"],
        )


def _known() -> dict[Path, Property]:
    return {(each.group, key): each for each in catalogue() for key in (each.key, *each.aliases)}


def _paths(row: Mapping[str, Any]) -> list[Path]:
    return [tuple(row["path"]), *((row["path"][0], alias) for alias in row["aliases"])]


def _dotted(path: Path) -> str:
    return ".".join(path)
