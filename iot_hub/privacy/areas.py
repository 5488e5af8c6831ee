"""Private areas, as the owner manages them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.privacy.area_shapes import Circle, polygon_of

Connection = psycopg.Connection[DictRow]

DEFAULT_MARGIN_M = 900.0
MEASURED_MARGIN_M = 500.0
"""With less, the figures in docs/privacy.md do not hold."""
MIN_DISPLACEMENT_M, MAX_DISPLACEMENT_M = 630.0, 837.0
"""How far place_area() moves a zone, whatever its margin."""
MIN_EXTENT_M = 63.0
"""How far the zone then extends around the polygon, on the side that it was moved away from."""
SCALED_EXTENT = 0.07, 1.93
"""How far a zone extends beyond the polygon, in margins, where the margin is below MEASURED_MARGIN_M."""
MAX_MARGIN_M = 20_000.0
SMALL_MARGIN = "With a margin below 500 m the figures in docs/privacy.md do not hold: the place is easier to guess."


def zone_extent_m(margin_m: float) -> tuple[float, float]:
    """Return how far a zone extends beyond the drawn polygon: on its nearest side, and on its farthest."""
    if margin_m < MEASURED_MARGIN_M:
        return SCALED_EXTENT[0] * margin_m, SCALED_EXTENT[1] * margin_m
    most = max(margin_m, MAX_DISPLACEMENT_M + MIN_EXTENT_M) + MAX_DISPLACEMENT_M
    return max(MIN_EXTENT_M, margin_m - MAX_DISPLACEMENT_M), most


def circle(connection: Connection, drawn: Circle) -> str:
    """Return a circle as GeoJSON: the polygon of 64 corners around it."""
    row = connection.execute(
        query("circle"), {"latitude": drawn.latitude, "longitude": drawn.longitude, "radius": drawn.radius_m}
    ).fetchone()
    return polygon_of(str((row or {})["geojson"]))


def add_area(connection: Connection, name: str, geojson: bytes | str, margin_m: float = DEFAULT_MARGIN_M) -> int:
    """Add a private area, which hides past data too, from its commit on. Raises UserError."""
    area = {
        "name": _validate_name(name),
        "margin": _validate_margin(margin_m),
        "polygon": _validate_polygon(connection, geojson, margin_m),
    }
    with _unique_name(area["name"]):
        row = connection.execute(query("add_area"), area).fetchone()
    return int(row["id"]) if row else 0


def edit_area(
    connection: Connection,
    name: str,
    *,
    geojson: bytes | str | None = None,
    margin_m: float | None = None,
    new_name: str | None = None,
) -> None:
    """Change an area's polygon, margin or name. Raises UserError."""
    known = next((area for area in list_areas(connection) if area["name"] == name), None)
    if known is None:
        raise _unknown_area(name)
    margin = _validate_margin(known["margin_m"] if margin_m is None else margin_m)
    area = {
        "name": name,
        "new_name": _validate_name(name if new_name is None else new_name),
        "margin": margin,
        "polygon": None if geojson is None else _validate_polygon(connection, geojson, margin),
    }
    with _unique_name(str(area["new_name"])):
        connection.execute(query("edit_area"), area)


def remove_area(connection: Connection, name: str) -> None:
    """Remove a private area. Raises UserError if there is none of that name."""
    if connection.execute(query("remove_area"), {"name": name}).fetchone() is None:
        raise _unknown_area(name)


def list_areas(connection: Connection) -> list[dict[str, Any]]:
    """List all private areas, without their zones."""
    return connection.execute(query("list_areas")).fetchall()


def drawn_areas(connection: Connection) -> list[dict[str, Any]]:
    """Return every area as drawn (GeoJSON), for the owner's map."""
    return connection.execute(query("drawn_areas")).fetchall()


def _validate_polygon(connection: Connection, geojson: bytes | str, margin_m: float) -> str:
    """Return the polygon as the database stores it."""
    try:
        drawn = {"geojson": polygon_of(geojson), "margin": max(margin_m, MAX_DISPLACEMENT_M + MIN_EXTENT_M)}
        row = connection.execute(query("check_area"), drawn).fetchone() or {}
    except (psycopg.DataError, psycopg.InternalError) as error:
        raise UserError(f"The area can't be used: {str(error).splitlines()[0]}.") from error
    if row["problem"]:
        raise UserError(f"The area can't be used: {row['problem']}.")
    return str(row["polygon"])


def _validate_name(name: str) -> str:
    if not name.strip():
        raise UserError("An area needs a name.")
    return name.strip()


def _validate_margin(margin_m: float) -> float:
    if not 0 <= margin_m <= MAX_MARGIN_M:
        raise UserError("A margin is from 0 to 20,000 metres.")
    return margin_m


@contextmanager
def _unique_name(name: object) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise UserError(f"There is an area {name!r} already.") from error


def _unknown_area(name: str) -> UserError:
    return UserError(f"There is no area {name!r}. 'iot-hub area list' shows all.")
