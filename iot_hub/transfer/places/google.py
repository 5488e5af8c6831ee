"""Google's saved places, as Takeout exports them.

``Saved Places.json`` and ``Labeled places.json`` are GeoJSON; what Maps calls a list is a CSV file with an address of
the place, in which its position stands only for a pin that was dropped on the map. Facts: exports of 2019 to 2026.
"""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import msgspec

from iot_hub.transfer.imports.record import BrokenFileError
from iot_hub.transfer.places.found import Found

_POSITION = re.compile(r"!3d(-?[\d.]+)!4d(-?[\d.]+)|(?:@|/search/|[?&]q=)(-?\d+\.\d+),\+?(-?\d+\.\d+)")


def read_geojson(data: bytes) -> Found:
    """Read the points of a collection, by the names that Google gives them, or of any other. Raises BrokenFileError."""
    try:
        collection = msgspec.json.decode(data)
        features = collection["features"]
        found = Found()
        for feature in features:
            _add_feature(found, feature)
    except (msgspec.MsgspecError, KeyError, TypeError, AttributeError) as error:
        raise BrokenFileError("not_geojson") from error
    return found


def read_csv(data: str) -> Found:
    """Read a list's table. Entries whose address holds no position can't be placed on a map without asking Google."""
    found = Found()
    for row in csv.DictReader(io.StringIO(data)):
        position = _POSITION.search((row.get("URL") or "").replace("%2C", ","))
        latitude, longitude = [part for part in position.groups() if part] if position else (None, None)
        found.add(row.get("Title") or row.get("Note"), latitude, longitude)
    return found


def _add_feature(found: Found, feature: dict[str, Any]) -> None:
    properties = feature.get("properties") or {}
    geometry = feature.get("geometry") or {}
    location = properties.get("location") or properties.get("Location") or {}
    name = (
        location.get("name")
        or location.get("Business Name")
        or properties.get("name")
        or properties.get("Title")
        or location.get("address")
        or location.get("Address")
        or properties.get("address")
    )
    kept = location.get("Geo Coordinates") or {}
    coordinates: list[Any] = geometry.get("coordinates") or []
    longitude, latitude, *_ = [*coordinates, None, None]
    if not (longitude or latitude):
        longitude, latitude = kept.get("Longitude"), kept.get("Latitude")
    found.add(name, latitude, longitude)
