"""GPX 1.1: a track with a point for each event that has a position, at the time of its fix.

Speed and course stand where Garmin's TrackPointExtension v2 has them
(http://www.garmin.com/xmlschemas/TrackPointExtensionv2.xsd), and beside them the event whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from iot_hub.transfer import tracks
from iot_hub.transfer.exports.record import Fix, Record, whole_event
from iot_hub.transfer.tracks import decimal

EVENT = "urn:iot-personal-hub:event"
TRACK_POINT = "http://www.garmin.com/xmlschemas/TrackPointExtension/v2"

_NAMESPACES = f' xmlns:gpxtpx="{TRACK_POINT}" xmlns:hub="{EVENT}"'


def write(records: Iterable[Record], device: str) -> Iterator[bytes]:
    """Write the document. Records without a position are left out."""
    points = (_point(record, record.fix, device) for record in records if record.fix)
    for piece in tracks.gpx(device, points, _NAMESPACES):
        yield piece.encode()


def _point(record: Record, fix: Fix, device: str) -> tracks.TrackPoint:
    # In the order that the schema asks for.
    satellites = "" if fix.satellites is None else f"<sat>{round(fix.satellites)}</sat>"
    hdop = "" if fix.hdop is None else f"<hdop>{decimal(fix.hdop)}</hdop>"
    more = _motion(fix) + _event(record, device)
    rest = satellites + hdop + (f"<extensions>{more}</extensions>" if more else "")
    return tracks.trkpt(fix.time, fix.longitude, fix.latitude, fix.altitude_m, rest)


def _motion(fix: Fix) -> str:
    speed = "" if fix.speed_ms is None else f"<gpxtpx:speed>{decimal(fix.speed_ms)}</gpxtpx:speed>"
    # The schema ends before 360, which is 0.
    course = "" if fix.bearing_deg is None else f"<gpxtpx:course>{decimal(fix.bearing_deg % 360)}</gpxtpx:course>"
    extension = speed + course
    return f"<gpxtpx:TrackPointExtension>{extension}</gpxtpx:TrackPointExtension>" if extension else ""


def _event(record: Record, device: str) -> str:
    line = whole_event(record, device)
    if line is None:
        return ""
    # Two characters that JSON holds as they are, and XML can't.
    text = line.decode().replace("\ufffe", r"\ufffe").replace("\uffff", r"\uffff")
    return f"<hub:event>{escape(text)}</hub:event>"
