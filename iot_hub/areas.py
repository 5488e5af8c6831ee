"""Private areas, as the owner keeps them."""

from __future__ import annotations

from typing import Any

import msgspec
import psycopg
from psycopg.rows import DictRow

from iot_hub.errors import UserError
from iot_hub.queries import query

Connection = psycopg.Connection[DictRow]


def polygon_of(geojson: bytes) -> str:
    """Take the polygon out of GeoJSON: a geometry, a feature, or a collection of one feature.

    Raises UserError where there is none.
    """
    try:
        document = msgspec.json.decode(geojson)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(f"The file is not GeoJSON: {error}.") from error
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise UserError("The file must hold exactly one feature: add each area by itself.")
        document = features[0]
    if isinstance(document, dict) and document.get("type") == "Feature":
        document = document.get("geometry")
    if not isinstance(document, dict):
        raise UserError("The file holds no geometry.")
    return msgspec.json.encode(document).decode()


def add_area(connection: Connection, name: str, geojson: bytes) -> int:
    """Add a private area: it hides what is published at once, past included. Raises UserError."""
    area = {"name": name.strip(), "geojson": polygon_of(geojson)}
    if not area["name"]:
        raise UserError("An area needs a name.")
    try:
        checked = connection.execute(query("check_area"), area).fetchone()
        if checked and checked["problem"]:
            raise UserError(f"The area can't be used: {checked['problem']}.")
        row = connection.execute(query("add_area"), area).fetchone()
    except psycopg.errors.UniqueViolation as error:
        raise UserError(f"There is an area {name!r} already.") from error
    except (psycopg.DataError, psycopg.InternalError) as error:
        raise UserError(f"The area can't be used: {str(error).splitlines()[0]}.") from error
    return int(row["id"]) if row else 0


def remove_area(connection: Connection, name: str) -> None:
    """Remove a private area. Raises UserError where there is none of that name."""
    if connection.execute(query("remove_area"), {"name": name}).fetchone() is None:
        raise UserError(f"There is no area {name!r}. 'iot-hub area list' shows all.")


def list_areas(connection: Connection) -> list[dict[str, Any]]:
    """List all private areas."""
    return connection.execute(query("list_areas")).fetchall()
