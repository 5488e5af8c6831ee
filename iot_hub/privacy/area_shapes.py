"""The shape of a private area as drawn: GeoJSON (RFC 7946) or a circle, normalised for the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from iot_hub.errors import UserError

SMALLEST_RADIUS_M = 10.0
LARGEST_RADIUS_M = 100_000.0
_FURTHEST_LONGITUDE = 540.0
_SAME_DEGREES = 1e-9

Position = list[float]
Ring = list[Position]


@dataclass(frozen=True)
class Circle:
    """A circle: degrees and metres. Raises UserError for impossible values."""

    latitude: float
    longitude: float
    radius_m: float

    def __post_init__(self) -> None:
        if not -90 <= self.latitude <= 90:
            raise UserError("A circle's latitude is from -90 to 90; it comes first: LAT,LON,RADIUS.")
        if not -180 <= self.longitude <= 180:
            raise UserError("A circle's longitude is from -180 to 180; it comes second: LAT,LON,RADIUS.")
        if not SMALLEST_RADIUS_M <= self.radius_m <= LARGEST_RADIUS_M:
            raise UserError("A circle's radius is from 10 to 100,000 metres.")


def circle_of(text: str) -> Circle:
    """Parse LAT,LON,RADIUS. Raises UserError."""
    try:
        latitude, longitude, radius = map(float, text.split(","))
    except ValueError as error:
        raise UserError("A circle is three numbers, LAT,LON,RADIUS, as in 52.23,21.01,100 (metres).") from error
    return Circle(latitude, longitude, radius)


def polygon_of(geojson: bytes | str) -> str:
    """Extract the polygon from GeoJSON: a geometry, a feature, or a collection of one feature.

    Longitudes run on beyond 180 where a border crosses the antimeridian. Raises UserError if there is
    no polygon, or none that fits on earth.
    """
    geometry = _geometry(geojson)
    try:
        polygons = _polygons(geometry)
        rings = [[_ring(ring) for ring in polygon] for polygon in polygons if polygon]
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise UserError("The area can't be used: its coordinates are not lists of [longitude, latitude].") from error
    if not rings or not all(polygon[0] for polygon in rings):
        raise UserError("The area can't be used: it is empty.")
    whole = [[polygon[0], *(_align_hole(hole, polygon[0]) for hole in polygon[1:])] for polygon in rings]
    return msgspec.json.encode({"type": "MultiPolygon", "coordinates": whole}).decode()


def _geometry(geojson: bytes | str) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(geojson)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(f"The file is not GeoJSON: {error}.") from error
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise UserError("The file must contain exactly one feature: add each area separately.")
        document = features[0]
    if isinstance(document, dict) and document.get("type") == "Feature":
        document = document.get("geometry")
    if not isinstance(document, dict):
        raise UserError("The file contains no geometry.")
    return document


def _polygons(geometry: dict[str, Any]) -> list[Any]:
    kind = geometry.get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        raise UserError(f"The area can't be used: it is a {str(kind)[:30].lower()}, not a polygon.")
    coordinates = geometry["coordinates"]
    if not isinstance(coordinates, list):
        raise TypeError
    return [coordinates] if kind == "Polygon" else coordinates


def _ring(given: list[list[float]]) -> Ring:
    """Check a ring's corners, and make its longitudes continuous across the antimeridian."""
    corners = [(float(corner[0]), float(corner[1])) for corner in given]
    _check_range(corners)
    ring: Ring = []
    turn = 0.0
    for before, (longitude, latitude) in zip(corners[:1] + corners, corners, strict=False):
        # Nobody draws an edge around more than half of the world: the short way is meant.
        if 180 < abs(longitude - before[0]) < 360:
            turn += 360.0 if longitude < before[0] else -360.0
        ring.append([longitude + turn, latitude])
    _check_end(ring)
    return _shift(ring, -360 * ((ring[0][0] + 180) // 360)) if ring else ring


def _check_range(corners: list[tuple[float, float]]) -> None:
    if all(abs(y) <= 90 and abs(x) <= _FURTHEST_LONGITUDE for x, y in corners):
        return
    if all(abs(x) <= 90 for x, _ in corners) and any(90 < abs(y) <= 180 for _, y in corners):
        raise UserError("Latitude and longitude are swapped: GeoJSON writes [longitude, latitude].")
    raise UserError("The area can't be used: a corner is not on earth (longitude ±180, latitude ±90).")


def _check_end(ring: Ring) -> None:
    if not ring:
        return
    longitudes = [longitude for longitude, _ in ring]
    if max(longitudes) - min(longitudes) > 360 - _SAME_DEGREES and _same(ring[0], ring[-1]):
        raise UserError("The area can't be used: it is the whole world, or reaches all around it.")
    if not _same(ring[0], ring[-1]):
        if _same(_shift(ring[:1], 360)[0], ring[-1]) or _same(_shift(ring[:1], -360)[0], ring[-1]):
            raise UserError("The area can't be used: it goes around a pole.")
        raise UserError("The area can't be used: its border is not closed, the last corner is not the first.")


def _same(one: Position, other: Position) -> bool:
    return all(abs(a - b) < _SAME_DEGREES for a, b in zip(one, other, strict=True))


def _shift(ring: Ring, degrees: float) -> Ring:
    return [[longitude + degrees, latitude] for longitude, latitude in ring]


def _align_hole(hole: Ring, outer: Ring) -> Ring:
    """Shift a hole to the same turn around the world as the ring around it."""
    return next((turned for turned in _turns(hole) if _spans(outer, turned)), hole)


def _turns(ring: Ring) -> Iterator[Ring]:
    return (_shift(ring, degrees) for degrees in (0, 360, -360))


def _spans(outer: Ring, inner: Ring) -> bool:
    west, east = min(x for x, _ in outer), max(x for x, _ in outer)
    return bool(inner) and west <= min(x for x, _ in inner) and max(x for x, _ in inner) <= east
