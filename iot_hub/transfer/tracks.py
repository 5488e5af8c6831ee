"""What tracks are written with, wherever they go: where they are cut, GeoJSON's positions, GPX 1.1."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from iot_hub.timestamps import iso_utc

LONGEST_GAP = timedelta(minutes=30)

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_cut(earlier: datetime, later: datetime) -> bool:
    """Return whether a track ends between two fixes: nothing is known for more than 30 minutes, or time goes back."""
    return not timedelta() <= later - earlier <= LONGEST_GAP


def position(longitude: float, latitude: float, altitude: float | None) -> tuple[float, ...]:
    """Write a position in GeoJSON's order (RFC 7946): degrees, metres."""
    return (longitude, latitude) if altitude is None else (longitude, latitude, altitude)


def gpx(name: str, points: Iterable[tuple[datetime, str]], namespaces: str = "") -> Iterator[str]:
    """Write a GPX 1.1 document piece by piece: one track of ``trkpt`` elements, each with its time."""
    title = escape(_NOT_IN_XML.sub("", name))
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<gpx version="1.1" creator="IoT Personal Hub" xmlns="http://www.topografix.com/GPX/1/1"{namespaces}>\n'
    yield f"<metadata><name>{title}</name></metadata>\n<trk>\n<name>{title}</name>\n"
    before: datetime | None = None
    for time, point in points:
        if before is None:
            yield "<trkseg>\n"
        elif is_cut(before, time):
            yield "</trkseg>\n<trkseg>\n"
        yield point
        before = time
    yield "</trk>\n</gpx>\n" if before is None else "</trkseg>\n</trk>\n</gpx>\n"


def trkpt(time: datetime, longitude: float, latitude: float, altitude: float | None, rest: str = "") -> str:
    """Write a point of a GPX track; ``rest`` are the elements that the schema wants after the time."""
    # The schema ends before 180, which is -180.
    east = -180.0 if longitude == 180 else longitude
    elevation = "" if altitude is None else f"<ele>{decimal(altitude)}</ele>"
    return (
        f'<trkpt lat="{decimal(latitude)}" lon="{decimal(east)}">'
        f"{elevation}<time>{iso_utc(time)}</time>{rest}</trkpt>\n"
    )


def decimal(value: float) -> str:
    """Write a number without an exponent, which GPX does not know."""
    text = repr(value)
    return f"{value:.9f}" if "e" in text else text
