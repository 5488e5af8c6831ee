"""Semantic Location History (``2022_MARCH.json``): what Google made of a month's positions.

A journey becomes an event where it began, one where it ended, and one for each point that has a time;
``waypointPath`` has none. A visit becomes an event where it began, with such points and the visits within it.
Facts besides: locationhistoryformat.com/reference/semantic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.properties.groups import EventDetails, Motion
from iot_hub.sources.canonical import (
    Location,
    build_checked_event,
    build_event,
    make_location,
    not_negative,
    text,
)
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, check_properties
from iot_hub.transfer.imports.google_records import SOURCE, degrees
from iot_hub.transfer.imports.json_stream import Element
from iot_hub.transfer.imports.record import ImportResult, event_of, events_of
from iot_hub.transfer.imports.times import moment_of, utc_of

Object = Mapping[str, Any]

_encode = msgspec.json.Encoder().encode


def events(element: Element, context: ParseContext) -> Iterator[ImportResult]:
    """Read one journey or visit."""
    original = element.encoded()
    check_properties(original)
    if journey := object_of(element.value.get("activitySegment")):
        yield from _journey(original, journey, context)
    elif visit := object_of(element.value.get("placeVisit")):
        yield from _visit(original, visit, context)
    else:
        raise NotStorableError("time_missing")


def object_of(value: object) -> Object:
    """Return an object, or an empty one instead of anything else."""
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[Object]:
    """Return the objects of an array."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _journey(original: bytes, journey: Object, context: ParseContext) -> Iterator[ImportResult]:
    """Read a journey: where it began, its points, and where it ended, of which none spoils another."""
    start, end = _times(journey)
    yield event_of(0, original, _start, original, journey, start, end, context)
    yield from _points(journey, context)
    if end is not None:
        ended = _encode(
            {"activitySegment": {name: journey[name] for name in ("endLocation", "duration") if name in journey}}
        )
        yield event_of(0, ended, _end, ended, journey, end, context)


def _start(original: bytes, journey: Object, start: object, end: object, context: ParseContext) -> Event:
    kind = text(journey.get("activityType"))
    return build_checked_event(
        SOURCE,
        original,
        moment_of(start, context),
        location=_place(journey.get("startLocation")),
        motion=Motion(activity=kind),
        event=EventDetails(
            type="activity_start",
            name=kind,
            distance_m=not_negative(journey.get("distance")),
            end=utc_of(end, context),
        ),
    )


def _end(original: bytes, journey: Object, end: object, context: ParseContext) -> Event:
    return build_event(
        SOURCE,
        original,
        moment_of(end, context),
        location=_place(journey.get("endLocation")),
        event=EventDetails(type="activity_end", name=text(journey.get("activityType"))),
    )


def _points(part: Object, context: ParseContext) -> Iterator[ImportResult]:
    """Read the points of a journey's or visit's path; a bad one spoils no other."""
    for index, point in enumerate(objects_of(object_of(part.get("simplifiedRawPath")).get("points"))):
        if "timestamp" in point or "timestampMs" in point:
            yield event_of(index, _encode(point), _point, point, context)


def _point(point: Object, context: ParseContext) -> Event:
    return build_event(
        SOURCE,
        _encode(point),
        moment_of(point.get("timestamp") or point.get("timestampMs"), context),
        location=make_location(
            degrees(point.get("latE7")),
            degrees(point.get("lngE7")),
            fix_accuracy_m=sentinels.accuracy(point.get("accuracyMeters")),
        ),
    )


def _visit(original: bytes, visit: Object, context: ParseContext) -> Iterator[ImportResult]:
    start, end = _times(visit)
    place = object_of(visit.get("location"))
    yield build_checked_event(
        SOURCE,
        original,
        moment_of(start, context),
        # A place that Google could not name may have no coordinates, and the visit still has its middle.
        location=_place(place) or make_location(degrees(visit.get("centerLatE7")), degrees(visit.get("centerLngE7"))),
        event=EventDetails(
            type="visit",
            name=text(place.get("name")) or text(place.get("semanticType")),
            end=utc_of(end, context),
        ),
    )
    yield from _points(visit, context)
    for index, child in enumerate(objects_of(visit.get("childVisits"))):
        inner = _encode({"placeVisit": child})
        yield from events_of(index, inner, _visit, inner, child, context)


def _times(part: Object) -> tuple[object, object]:
    duration = object_of(part.get("duration"))
    return (
        duration.get("startTimestamp") or duration.get("startTimestampMs"),
        duration.get("endTimestamp") or duration.get("endTimestampMs"),
    )


def _place(place: object) -> Location | None:
    where = object_of(place)
    return make_location(degrees(where.get("latitudeE7")), degrees(where.get("longitudeE7")))
