"""Timeline as phones export it: Android's ``Timeline.json``, and ``location-history.json`` of iOS.

A segment is a visit, a journey, or a path of points; Android's file holds the phone's raw signals too. Coordinates are
text: ``"52.23°, 21.01°"`` on Android, ``"geo:52.23,21.01"`` on iOS, which writes every number as text and gives a
point's time in minutes after its segment's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.properties.groups import EventDetails, Motion
from iot_hub.sources.canonical import (
    Location,
    Timestamp,
    build_checked_event,
    build_event,
    make_location,
    not_negative,
    number,
    text,
)
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, check_properties
from iot_hub.timestamps import DAY, SECOND, DeviceTimeError
from iot_hub.transfer.imports.google_records import SOURCE, likeliest
from iot_hub.transfer.imports.google_semantic import Object, object_of, objects_of
from iot_hub.transfer.imports.json_stream import Element
from iot_hub.transfer.imports.record import UNREADABLE, Ignored, ImportResult, event_of, rejected
from iot_hub.transfer.imports.times import moment_of, time_of, utc_of

MINUTE = 60 * SECOND
LONGEST_SEGMENT = DAY
"""How long a segment may be that does not say its end."""

_encode = msgspec.json.Encoder().encode
# The degree sign may have been through a wrong encoding.
_pair = re.compile(r"\s*(?:geo:)?\s*(-?[\d.]+)[^\d,.;-]{0,4},\s*(-?[\d.]+)").match


def coordinates(value: object) -> tuple[object, object]:
    """Read latitude and longitude out of their text, or out of an object that holds it.

    What can't be read is returned as it is.
    """
    if isinstance(value, dict):
        value = value.get("latLng") or value.get("LatLng")
    found = _pair(value) if isinstance(value, str) else None
    return (found[1], found[2]) if found else (value, None)


def segment_events(element: Element, context: ParseContext) -> Iterator[ImportResult]:
    """Read a segment."""
    segment = element.value
    original = element.encoded()
    check_properties(original)
    if isinstance(path := segment.get("timelinePath"), list):
        yield from _path(segment, path, context)
    elif "visit" in segment:
        yield _visit(original, segment, context)
    elif "activity" in segment:
        yield from _journey(original, segment, context)
    else:
        kind = EventDetails(type="trip") if "timelineMemory" in segment else None
        yield build_checked_event(SOURCE, original, moment_of(segment.get("startTime"), context), event=kind)


def _visit(original: bytes, segment: Object, context: ParseContext) -> Event:
    candidate = object_of(object_of(segment.get("visit")).get("topCandidate"))
    return build_checked_event(
        SOURCE,
        original,
        moment_of(segment.get("startTime"), context),
        location=make_location(*coordinates(candidate.get("placeLocation"))),
        event=EventDetails(
            type="visit",
            name=text(candidate.get("semanticType")),
            end=utc_of(segment.get("endTime"), context),
        ),
    )


def _journey(original: bytes, segment: Object, context: ParseContext) -> Iterator[ImportResult]:
    """Read a journey: where it began and where it ended, of which neither spoils the other."""
    journey = object_of(segment.get("activity"))
    yield event_of(0, original, _start, original, journey, segment, context)
    if (end := segment.get("endTime")) is not None:
        ended = _encode({"endTime": end, "activity": {"end": journey.get("end")}})
        yield event_of(0, ended, _end, ended, journey, end, context)


def _start(original: bytes, journey: Object, segment: Object, context: ParseContext) -> Event:
    kind = text(object_of(journey.get("topCandidate")).get("type"))
    return build_checked_event(
        SOURCE,
        original,
        moment_of(segment.get("startTime"), context),
        location=make_location(*coordinates(journey.get("start"))),
        motion=Motion(activity=kind),
        event=EventDetails(
            type="activity_start",
            name=kind,
            distance_m=not_negative(journey.get("distanceMeters")),
            end=utc_of(segment.get("endTime"), context),
        ),
    )


def _end(original: bytes, journey: Object, end: object, context: ParseContext) -> Event:
    kind = text(object_of(journey.get("topCandidate")).get("type"))
    return build_event(
        SOURCE,
        original,
        moment_of(end, context),
        location=make_location(*coordinates(journey.get("end"))),
        event=EventDetails(type="activity_end", name=kind),
    )


def _path(segment: Object, path: list[Any], context: ParseContext) -> Iterator[ImportResult]:
    """Read the points of a path; what the segment says besides stays with each, and a bad one spoils no other."""
    if not path:
        yield Ignored("no_reading")
    about = _encode({name: value for name, value in segment.items() if name != "timelinePath"})[:-1]
    head = about + (b"," if about != b"{" else b"") + b'"timelinePath":'
    for index, point in enumerate(objects_of(path)):
        original = head + _encode(point) + b"}"
        try:
            moment = _moment_of_point(point, segment, context, is_first=index == 0)
            location = make_location(*coordinates(point.get("point")))
            if location is None:
                raise NotStorableError("position_missing")
            yield build_checked_event(SOURCE, original, moment, location=location)
        except UNREADABLE as error:
            yield rejected(index, original, error)


def _moment_of_point(point: Object, segment: Object, context: ParseContext, *, is_first: bool) -> Timestamp:
    if (time := point.get("time")) is not None:
        return moment_of(time, context)
    said = point.get("durationMinutesOffsetFromStartTime")
    minutes = number(said)
    if minutes is None and said is not None:
        raise DeviceTimeError("time_unreadable")
    if minutes is None and not is_first:  # A zero is left out; of a later point nothing is known.
        raise NotStorableError("time_missing")
    start = time_of(segment.get("startTime"), context)
    end = segment.get("endTime")
    longest = LONGEST_SEGMENT if end is None else time_of(end, context) - start
    offset = round((minutes or 0) * MINUTE)
    if not 0 <= offset <= longest + MINUTE:  # Minutes are whole.
        raise DeviceTimeError("time_outside_segment")
    return Timestamp(start + offset, "measured")


def signal_events(element: Element, context: ParseContext) -> Iterator[Event]:
    """Read a raw signal of a phone: a position, the Wi-Fi networks in reach, or what somebody was doing."""
    original = element.encoded()
    check_properties(original)
    signal = element.value
    position, scan, activity = (object_of(signal.get(name)) for name in ("position", "wifiScan", "activityRecord"))
    time = position.get("timestamp") or activity.get("timestamp") or scan.get("deliveryTime")
    location = _fix(position) if position else None
    if position and location is None:
        raise NotStorableError("position_missing")
    yield build_checked_event(
        SOURCE,
        original,
        moment_of(time, context),
        location=location,
        motion=Motion(activity=likeliest(activity.get("probableActivities"))),
    )


def _fix(position: Mapping[str, Any]) -> Location | None:
    return make_location(
        *coordinates(position),
        altitude_m=sentinels.altitude(position.get("altitudeMeters")),
        fix_provider=text(position.get("source")),
        fix_speed_ms=sentinels.speed(position.get("speedMetersPerSecond")),
        fix_accuracy_m=sentinels.accuracy(position.get("accuracyMeters")),
    )
