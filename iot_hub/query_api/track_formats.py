"""Writes a track as GeoJSON or GPX."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from iot_hub.query_api.time_range import isoformat

GEOJSON = "application/geo+json"
GPX = "application/gpx+xml"
LONGEST_GAP = timedelta(minutes=30)

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Point(NamedTuple):
    """A published fix: UTC, degrees (WGS 84), metres."""

    time: datetime
    longitude: float
    latitude: float
    altitude: float | None


def prefers_gpx(accept: str) -> bool:
    """Tell whether an ``Accept`` header asks for GPX rather than for GeoJSON."""
    weights = {}
    for entry in accept.lower().split(","):
        kind, _, parameters = entry.partition(";")
        weight = re.search(r"\bq=([01](\.\d*)?)", parameters)
        weights[kind.strip()] = float(weight[1]) if weight else 1.0
    return weights.get(GPX, 0.0) > weights.get(GEOJSON, 0.0)


def stretches(points: list[Point]) -> Iterator[list[Point]]:
    """Cut a track wherever nothing is known for more than 30 minutes."""
    begin = 0
    for at, (earlier, later) in enumerate(pairwise(points), start=1):
        if later.time - earlier.time > LONGEST_GAP:
            yield points[begin:at]
            begin = at
    if points:
        yield points[begin:]


def geojson(points: list[Point], about: dict[str, Any]) -> dict[str, Any]:
    """Make a FeatureCollection (RFC 7946), one feature a stretch, with ``about`` as further members."""
    return {
        "type": "FeatureCollection",
        **about,
        "count": len(points),
        "features": [_feature(stretch) for stretch in stretches(points)],
    }


def _feature(stretch: list[Point]) -> dict[str, Any]:
    coordinates = [_position(point) for point in stretch]
    # A line has two ends: a lone fix is a point.
    geometry = (
        {"type": "LineString", "coordinates": coordinates}
        if len(stretch) > 1
        else {"type": "Point", "coordinates": coordinates[0]}
    )
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"count": len(stretch), "coordTimes": [point.time for point in stretch]},
    }


def _position(point: Point) -> tuple[float, ...]:
    if point.altitude is None:
        return point.longitude, point.latitude
    return point.longitude, point.latitude, point.altitude


def gpx(points: list[Point], name: str) -> str:
    """Make a GPX 1.1 document: one track, one segment a stretch."""
    title = escape(_NOT_IN_XML.sub("", name))
    return "".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>\n',
            '<gpx version="1.1" creator="IoT Personal Hub" xmlns="http://www.topografix.com/GPX/1/1">\n',
            f"<metadata><name>{title}</name></metadata>\n<trk>\n<name>{title}</name>\n",
            *(f"<trkseg>\n{''.join(_trkpts(stretch))}</trkseg>\n" for stretch in stretches(points)),
            "</trk>\n</gpx>\n",
        )
    )


def _trkpts(stretch: Iterable[Point]) -> Iterator[str]:
    for point in stretch:
        # The schema ends before 180, which is -180.
        longitude = -180.0 if point.longitude == 180 else point.longitude
        elevation = "" if point.altitude is None else f"<ele>{_decimal(point.altitude)}</ele>"
        yield (
            f'<trkpt lat="{_decimal(point.latitude)}" lon="{_decimal(longitude)}">'
            f"{elevation}<time>{isoformat(point.time)}</time></trkpt>\n"
        )


def _decimal(value: float) -> str:
    """Write a number without an exponent, which GPX does not know."""
    text = repr(value)
    return f"{value:.9f}" if "e" in text else text
