"""Writes a track as GeoJSON or GPX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from iot_hub.transfer import tracks
from iot_hub.transfer.antimeridian import crosses, cut

GEOJSON = "application/geo+json"
GPX = "application/gpx+xml"


class Point(NamedTuple):
    """A published fix: UTC, degrees (WGS 84), metres."""

    time: datetime
    longitude: float
    latitude: float
    altitude: float | None


def prefers_gpx(accept: str) -> bool:
    """Return whether an ``Accept`` header prefers GPX to GeoJSON."""
    weights = {}
    for entry in accept.lower().split(","):
        kind, _, parameters = entry.partition(";")
        weight = re.search(r"\bq=([01](\.\d*)?)", parameters)
        weights[kind.strip()] = float(weight[1]) if weight else 1.0
    return weights.get(GPX, 0.0) > weights.get(GEOJSON, 0.0)


def segments(points: list[Point]) -> Iterator[list[Point]]:
    """Split a track at gaps of more than 30 minutes."""
    begin = 0
    for at, (earlier, later) in enumerate(pairwise(points), start=1):
        if tracks.is_cut(earlier.time, later.time):
            yield points[begin:at]
            begin = at
    if points:
        yield points[begin:]


def geojson(points: list[Point], about: dict[str, Any]) -> dict[str, Any]:
    """Make a FeatureCollection (RFC 7946), one feature per segment, with ``about`` as further members."""
    return {
        "type": "FeatureCollection",
        **about,
        "count": len(points),
        "features": [_feature(segment) for segment in segments(points)],
    }


def _feature(segment: list[Point]) -> dict[str, Any]:
    if any(crosses(earlier.longitude, later.longitude) for earlier, later in pairwise(segment)):
        geometry, times = _cut_line(segment)
    else:
        coordinates = [tracks.position(*point[1:]) for point in segment]
        # A line needs two points: a single fix is a Point.
        geometry = (
            {"type": "LineString", "coordinates": coordinates}
            if len(segment) > 1
            else {"type": "Point", "coordinates": coordinates[0]}
        )
        times = [point.time for point in segment]
    return {"type": "Feature", "geometry": geometry, "properties": {"count": len(segment), "coordTimes": times}}


def _cut_line(segment: list[Point]) -> tuple[dict[str, Any], list[Any]]:
    """Cut a segment at the antimeridian. A point on it that is no fix has neither altitude nor time."""
    parts = list(cut([(point.longitude, point.latitude) for point in segment]))
    coordinates = [
        [
            tracks.position(vertex.longitude, vertex.latitude, None if at is None else segment[at].altitude)
            for vertex in part
            for at in [vertex.number]
        ]
        for part in parts
    ]
    times = [[None if vertex.number is None else segment[vertex.number].time for vertex in part] for part in parts]
    if len(parts) == 1:
        return {"type": "LineString", "coordinates": coordinates[0]}, times[0]
    return {"type": "MultiLineString", "coordinates": coordinates}, times


def gpx(points: list[Point], name: str) -> str:
    """Make a GPX 1.1 document: one track with its segments."""
    return "".join(tracks.gpx(name, (tracks.trkpt(*point) for point in points)))
