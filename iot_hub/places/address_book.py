"""The owner's address book. Stays around a place are assigned to it in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.places.place import Place

Connection = psycopg.Connection[DictRow]


class UnknownPlaceError(UserError):
    """There is no such place."""

    code = "unknown_place"
    status = 404


def list_places(connection: Connection) -> list[dict[str, Any]]:
    """List all places, with how many stays each has had, and when the last one ended."""
    return connection.execute(query("list_places")).fetchall()


def read_place(connection: Connection, place_id: int) -> dict[str, Any]:
    """Return a place as list_places() does. Raises UnknownPlaceError."""
    for place in list_places(connection):
        if place["id"] == place_id:
            return place
    raise _unknown(str(place_id))


def add_place(connection: Connection, place: Place) -> int:
    """Add a place; return its number. Raises UserError where the same name is at the same point already."""
    with _unique(place):
        row = connection.execute(query("add_place"), asdict(place)).fetchone()
    return int(row["id"]) if row else 0


def find_place(connection: Connection, name_or_id: str) -> tuple[int, Place]:
    """Find a place by its name, or by its number. Raises UserError where there is none, or several."""
    rows = connection.execute(query("find_places"), {"name": name_or_id.strip()}).fetchall()
    if not rows:
        raise _unknown(repr(name_or_id))
    if len(rows) > 1:
        numbers = ", ".join(str(row["id"]) for row in rows)
        raise UserError(f"{len(rows)} places are called {name_or_id!r}. Use a number: {numbers}.")
    [row] = rows
    return row["id"], Place(row["name"], row["latitude"], row["longitude"], row["kind"], row["radius_m"])


def edit_place(connection: Connection, place_id: int, place: Place) -> None:
    """Replace what is known of a place. Raises UserError."""
    with _unique(place):
        row = connection.execute(query("edit_place"), {"id": place_id, **asdict(place)}).fetchone()
    if row is None:
        raise _unknown(str(place_id))


def remove_place(connection: Connection, place_id: int) -> None:
    """Remove a place: its stays are called by their city again. Raises UserError."""
    if connection.execute(query("remove_place"), {"id": place_id}).fetchone() is None:
        raise _unknown(str(place_id))


def import_places(connection: Connection, places: Iterable[Place]) -> tuple[int, int]:
    """Add places, in one transaction; return how many were new, and how many were there already.

    One is there already if a place of that name is within 50 m.
    """
    added = known = 0
    with connection.transaction():
        for place in places:
            # To 0.1 m, as a file may be written with more digits each time.
            rounded = replace(place, latitude=round(place.latitude, 6), longitude=round(place.longitude, 6))
            row = connection.execute(query("import_place"), asdict(rounded)).fetchone()
            added, known = added + (row is not None), known + (row is None)
    return added, known


def _unknown(place: str) -> UnknownPlaceError:
    return UnknownPlaceError(f"There is no place {place}. 'iot-hub place list' shows all.")


@contextmanager
def _unique(place: Place) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise UserError(f"There is a place {place.name!r} at that point already.") from error
