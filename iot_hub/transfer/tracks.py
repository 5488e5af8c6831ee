"""What tracks are written with, wherever they go: where they are cut, GeoJSON's positions, GPX 1.1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from xml.sax.saxutils import escape

from iot_hub.timestamps import iso_utc
from iot_hub.transfer.antimeridian import crosses

LONGEST_GAP = timedelta(minutes=30)
_NO_TIME = timedelta()

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_cut(earlier: datetime, later: datetime) -> bool:
    """Return whether a track ends between two fixes: nothing is known for more than 30 minutes, or time goes back."""
    return not _NO_TIME <= later - earlier <= LONGEST_GAP


def position(longitude: float, latitude: float, altitude: float | None) -> tuple[float, ...]:
    """Write a position in GeoJSON's order (RFC 7946): degrees, metres."""
    return (longitude, latitude) if altitude is None else (longitude, latitude, altitude)


class TrackPoint(NamedTuple):
    """A point of a GPX track: when and at which longitude, and its ``trkpt`` element."""

    time: datetime
    longitude: float
    element: str


def gpx(name: str, points: Iterable[TrackPoint], namespaces: str = "") -> Iterator[str]:
    """Write a GPX 1.1 document piece by piece: one track, with a segment for each stretch.

    A segment ends at the antimeridian too: a program would draw the rest around the world.
    """
    title = escape(_NOT_IN_XML.sub("", name))
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<gpx version="1.1" creator="IoT Personal Hub" xmlns="http://www.topografix.com/GPX/1/1"{namespaces}>\n'
    yield f"<metadata><name>{title}</name></metadata>\n<trk>\n<name>{title}</name>\n"
    before: TrackPoint | None = None
    for point in points:
        if before is None:
            yield "<trkseg>\n"
        elif is_cut(before.time, point.time) or crosses(before.longitude, point.longitude):
            yield "</trkseg>\n<trkseg>\n"
        yield point.element
        before = point
    yield "</trk>\n</gpx>\n" if before is None else "</trkseg>\n</trk>\n</gpx>\n"


def trkpt(time: datetime, longitude: float, latitude: float, altitude: float | None, rest: str = "") -> TrackPoint:
    """Write a point of a GPX track; ``rest`` are the elements that the schema wants after the time."""
    # The schema ends before 180, which is -180.
    east = -180.0 if longitude == 180 else longitude
    elevation = "" if altitude is None else f"<ele>{decimal(altitude)}</ele>"
    place = f'<trkpt lat="{decimal(latitude)}" lon="{decimal(east)}">'
    return TrackPoint(time, east, f"{place}{elevation}<time>{iso_utc(time)}</time>{rest}</trkpt>\n")


def decimal(value: float) -> str:
    """Write a number without an exponent, which GPX does not know."""
    text = repr(value)
    return f"{value:.9f}" if "e" in text else text
