"""GPX 1.0 and 1.1, of whatever program: the points of its tracks.

Facts: topografix.com/GPX/1/1. ``hdop`` is no accuracy in metres. Speed (m/s) and course are the point's own in 1.0, and
an extension's in 1.1; accuracies (m) are an extension's, ``hAcc`` and ``vAcc`` in exports of Apple Health. A time
without offset is UTC. Waypoints are places and routes are plans: neither is a fix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.properties.groups import EventDetails
from iot_hub.sources.canonical import Location, build_checked_event, make_location, not_negative, positive, text
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.transfer.imports.gpx_points import points
from iot_hub.transfer.imports.own_event import KEY, OWN_TAG, own_event
from iot_hub.transfer.imports.record import UNREADABLE, Ignored, ImportResult, rejected
from iot_hub.transfer.imports.stream import Stream, head_of
from iot_hub.transfer.imports.tags import tag_of, tags_written
from iot_hub.transfer.imports.times import moment_of, time_of
from iot_hub.transfer.imports.xml_stream import Record

SOURCE = "gpx"

# What a point tells by the names of its elements: the field, and how to read it.
_FIELDS: Mapping[str, tuple[str, Callable[[object], object]]] = {
    "ele": ("altitude_m", sentinels.altitude),
    "speed": ("fix_speed_ms", sentinels.speed),
    "course": ("bearing", sentinels.bearing),
    "bearing": ("bearing", sentinels.bearing),
    "src": ("fix_provider", text),
    "sat": ("satellites", sentinels.satellites),
    "hdop": ("hdop", sentinels.hdop),
    "accuracy": ("fix_accuracy_m", sentinels.accuracy),
    "accuracy_horizontal": ("fix_accuracy_m", sentinels.accuracy),
    "accuracy_vertical": ("fix_vertical_accuracy_m", sentinels.accuracy),
    "hAcc": ("fix_accuracy_m", sentinels.accuracy),
    "vAcc": ("fix_vertical_accuracy_m", sentinels.accuracy),
}
# What else an extension tells: PhoneTrack's battery, and what Garmin's and Strava's have of a body.
_MEASURED: Mapping[str, tuple[str, str, Callable[[object], object]]] = {
    "batterylevel": ("battery", "remaining_percent", sentinels.battery),
    "hr": ("body", "heart_rate_bpm", positive),
    "heartrate": ("body", "heart_rate_bpm", positive),
    "cad": ("body", "cadence_rpm", not_negative),
    "cadence": ("body", "cadence_rpm", not_negative),
    "power": ("body", "power_W", not_negative),
    "atemp": ("climate", "temperature_C", sentinels.temperature),
}
_EXTENDED = frozenset(_FIELDS) - {"ele", "src", "sat", "hdop"} | frozenset(_MEASURED)

_PHONETRACK = b'creator="PhoneTrack'
_OWN = b"urn:iot-personal-hub:event"

_encode = msgspec.json.Encoder().encode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a file. A point's track and segment are stored with it."""
    track: Record = {}
    is_named = _PHONETRACK in head_of(stream)
    for index, (name, record) in enumerate(points(stream)):
        if name == "name":
            track["track"] = record
        elif name == "trk":
            track = {"segment": 0}
        elif name == "trkseg":
            track["segment"] = track.get("segment", 0) + 1
        elif name == "rtept" or not isinstance(record, dict):
            yield Ignored("planned_route")
        elif name == "wpt" and "time" not in record:
            yield Ignored("place_without_time")
        else:
            point = {**track, **record}
            try:
                event = _fix(point, context) if name == "trkpt" else _place(record, context)
                yield msgspec.structs.replace(event, device=tag_of(track.get("track"))) if is_named else event
            except UNREADABLE as error:
                yield rejected(index, _encode(point), error)


def tags_in(stream: Stream, context: ParseContext) -> Iterator[str]:
    """Yield the devices of a hub's export, or of PhoneTrack's, where a track has its device's name."""
    head = head_of(stream)
    if _OWN in head:
        yield from tags_written(stream, OWN_TAG)
    elif _PHONETRACK in head:
        yield from tags_written(stream, rb"<trk>\s*+<name>", rb"[^<]*+", rb"<")


def _fix(point: Record, context: ParseContext) -> Event:
    extensions = point.get("extensions")
    if extensions and (own := _found(extensions, KEY)):
        return own_event(own, context)
    time = time_of(point.get("time"), context)
    extended = _extended(extensions) if extensions else {}
    location = _location(point, extended)
    if location is None:
        raise NotStorableError("position_missing")
    # What build_checked_event would write, in half its time: there are millions.
    measured = _measured(extended) if extended else b""
    return Event(None, time, b'{"location":%b,%b"gpx":%b}' % (_encode(location), measured, _encode(point)), SOURCE)


def _measured(extended: Record) -> bytes:
    """Write the groups of what an extension measured, each with a comma behind it."""
    groups: dict[str, Record] = {}
    for name, (group, field, read_value) in _MEASURED.items():
        value = read_value(extended.get(name))
        if value is not None:
            groups.setdefault(group, {})[field] = value
    return b"".join(b'"%b":%b,' % (group.encode(), _encode(values)) for group, values in groups.items())


def _location(point: Record, extended: Record) -> Location | None:
    location = make_location(point.get("lat"), point.get("lon"))
    if location is None:
        return None
    if extended:
        point = {**extended, **point}
    # Only what a point tells costs time: there are millions.
    for name, value in point.items():
        if name in _FIELDS:
            field, read_value = _FIELDS[name]
            setattr(location, field, read_value(value))
    if location.altitude_m == 0:
        location.altitude_m = sentinels.altitude(0, point.get("vAcc", point.get("accuracy_vertical")))
    return location


def _extended(extensions: object) -> Record:
    """Gather what extensions tell of a fix, at whatever depth; what stands further out counts."""
    found: Record = {}
    for each in extensions if isinstance(extensions, list) else [extensions]:
        if isinstance(each, dict):
            for name, value in each.items():
                found = {**found, name: value} if name in _EXTENDED else {**_extended(value), **found}
    return found


def _found(extensions: object, name: str) -> Any:  # noqa: ANN401
    """Return what an extension has under a name, at whatever depth."""
    if isinstance(extensions, list):
        return next((found for each in extensions if (found := _found(each, name)) is not None), None)
    if not isinstance(extensions, dict):
        return None
    if name in extensions:
        return extensions[name]
    return _found(list(extensions.values()), name)


def _place(record: Record, context: ParseContext) -> Event:
    """Read a waypoint: where somebody marked a place, which may be far from where they were."""
    own = _found(record.get("extensions"), KEY)
    if own:
        return own_event(own, context)
    marked = EventDetails(type="waypoint", name=text(record.get("name")))
    return build_checked_event(SOURCE, _encode(record), moment_of(record.get("time"), context), event=marked)
