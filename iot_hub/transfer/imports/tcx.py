"""TCX: activities of Garmin, Strava, Fitbit and Google Fit, point by point.

Facts: garmin.com/xmlschemas/TrainingCenterDatabasev2.xsd, ActivityExtensionv2.xsd. A speed is m/s, a distance is metres
since the activity's start, a time without offset is UTC. A course is a route that somebody planned.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.sources.canonical import (
    Body,
    Motion,
    build_checked_event,
    make_location,
    not_negative,
    positive,
)
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.record import Ignored, ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.times import moment_of
from iot_hub.transfer.imports.xml_stream import Record, records

SOURCE = "tcx"

_CONTAINERS = ("Activity", "Course")
_encode = msgspec.json.Encoder().encode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a file."""
    is_plan = False
    for index, (name, record) in enumerate(records(stream, ("Trackpoint",), _CONTAINERS)):
        if name in _CONTAINERS:
            is_plan = name == "Course"
        elif is_plan:
            yield Ignored("planned_route")
        elif not isinstance(record, dict):
            yield Ignored("no_reading")
        else:
            yield event_of(index, _encode(record), _point, record, context)


def _point(point: Record, context: ParseContext) -> Event:
    position = _object(point.get("Position"))
    more = _object(_object(point.get("Extensions")).get("TPX"))
    location = make_location(
        position.get("LatitudeDegrees"),
        position.get("LongitudeDegrees"),
        altitude_m=sentinels.altitude(point.get("AltitudeMeters")),
        fix_speed_ms=sentinels.speed(more.get("Speed")),
    )
    body = Body(
        heart_rate_bpm=positive(_object(point.get("HeartRateBpm")).get("Value")),
        cadence_rpm=not_negative(point.get("Cadence", more.get("RunCadence"))),
        power_W=not_negative(more.get("Watts")),
    )
    motion = Motion(distance_m=sentinels.count(point.get("DistanceMeters")))
    moment = moment_of(point.get("Time"), context)
    return build_checked_event(SOURCE, _encode(point), moment, location=location, body=body, motion=motion)


def _object(value: object) -> Record:
    return value if isinstance(value, dict) else {}
