"""GPX 1.0 and 1.1, of whatever program: the points of its tracks.

Facts: topografix.com/GPX/1/1. ``hdop`` is no accuracy in metres. Speed (m/s) and course are the point's own in 1.0, and an
extension's in 1.1. A time without offset is UTC. Waypoints are places and routes are plans: neither is a fix.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from iot_hub.event import Event
from iot_hub.importing.own_event import KEY, own_event
from iot_hub.importing.record import Ignored, Item, events_of_record
from iot_hub.importing.times import moment_of
from iot_hub.importing.xml_stream import Record, records
from iot_hub.sources.canonical import Location, checked_event, located, not_negative, number, positive, text
from iot_hub.sources.circumstances import Circumstances

SOURCE = "gpx"

_encode = msgspec.json.Encoder().encode


def read(stream: BinaryIO, circumstances: Circumstances) -> Iterator[Item]:
    """Read a file. A point's track and segment are kept with it."""
    track: Record = {}
    segment = 0
    for index, (name, record) in enumerate(records(stream, ("trkpt", "wpt", "rtept", "name"), ("trk", "trkseg"))):
        if name == "trkpt" and isinstance(record, dict):
            point = {**track, "segment": segment, **record}
            yield from events_of_record(index, _encode(record), lambda point=point: [_fix(point, circumstances)])
        elif name == "wpt" and isinstance(record, dict) and "time" in record:
            yield from events_of_record(index, _encode(record), lambda record=record: [_place(record, circumstances)])
        elif name in ("wpt", "rtept"):
            yield Ignored("place_without_time" if name == "wpt" else "planned_route")
        elif name == "name":
            track = {"track": record}
        elif name == "trk":
            track, segment = {}, 0
        elif name == "trkseg":
            segment += 1


def _fix(point: Record, circumstances: Circumstances) -> Event:
    extensions = point.get("extensions")
    if extensions and (own := _found(extensions, KEY)):
        return own_event(own, circumstances)
    return checked_event(
        SOURCE, _encode(point), moment_of(point.get("time"), circumstances), location=_location(point, extensions)
    )


def _location(point: Record, extensions: object) -> Location | None:
    speed, course, accuracy = point.get("speed"), point.get("course"), None
    if extensions:
        speed = speed or _found(extensions, "speed")
        course = course or _found(extensions, "course") or _found(extensions, "bearing")
        accuracy = _found(extensions, "accuracy")
    return located(
        point.get("lat"),
        point.get("lon"),
        altitude_m=number(point.get("ele")),
        bearing=not_negative(course),
        fix_provider=text(point.get("src")),
        fix_speed_ms=not_negative(speed),
        fix_accuracy_m=positive(accuracy),
        satellites=not_negative(point.get("sat")),
        hdop=positive(point.get("hdop")),
    )


def _found(extensions: object, name: str) -> Any:  # noqa: ANN401
    """Give what an extension says under a name, at whatever depth."""
    if isinstance(extensions, list):
        return next((found for each in extensions if (found := _found(each, name)) is not None), None)
    if not isinstance(extensions, dict):
        return None
    if name in extensions:
        return extensions[name]
    return _found(list(extensions.values()), name)


def _place(record: Record, circumstances: Circumstances) -> Event:
    """Read a waypoint: where somebody marked a place, which may be far from where they were."""
    own = _found(record.get("extensions"), KEY)
    if own:
        return own_event(own, circumstances)
    marked = {"type": "waypoint", "name": text(record.get("name"))}
    return checked_event(SOURCE, _encode(record), moment_of(record.get("time"), circumstances), event=marked)
