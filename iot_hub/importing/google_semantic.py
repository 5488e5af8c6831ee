"""Semantic Location History (``2022_MARCH.json``): what Google made of a month's positions.

A journey becomes an event where it began, one where it ended, and one for each point that has a time;
``waypointPath`` has none. A visit becomes an event where it began.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from iot_hub.event import Event
from iot_hub.importing.google_records import SOURCE, degrees
from iot_hub.importing.json_stream import Element
from iot_hub.importing.times import moment_of, utc_of
from iot_hub.sources.canonical import Location, checked_event, event, located, not_negative, positive, text
from iot_hub.sources.circumstances import Circumstances
from iot_hub.sources.storable import NotStorableError, check_properties

Object = Mapping[str, Any]

_encode = msgspec.json.Encoder().encode


def events(element: Element, circumstances: Circumstances) -> Iterator[Event]:
    """Read one journey or visit."""
    original = element.encoded()
    check_properties(original)
    if journey := object_of(element.value.get("activitySegment")):
        yield from _journey(original, journey, circumstances)
    elif visit := object_of(element.value.get("placeVisit")):
        yield _visit(original, visit, circumstances)
    else:
        raise NotStorableError("time_missing")


def object_of(value: object) -> Object:
    """Give an object, or an empty one in the place of anything else."""
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[Object]:
    """Give the objects of an array."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _journey(original: bytes, journey: Object, circumstances: Circumstances) -> Iterator[Event]:
    start, end = _times(journey)
    kind = text(journey.get("activityType"))
    yield checked_event(
        SOURCE,
        original,
        moment_of(start, circumstances),
        location=_place(journey.get("startLocation")),
        motion={"activity": kind},
        event={
            "type": "activity_start",
            "name": kind,
            "distance_m": not_negative(journey.get("distance")),
            "end": utc_of(end, circumstances),
        },
    )
    for point in objects_of(object_of(journey.get("simplifiedRawPath")).get("points")):
        if "timestamp" in point or "timestampMs" in point:
            yield _point(point, circumstances)
    if end is not None:
        yield event(
            SOURCE,
            _encode(
                {"activitySegment": {name: journey[name] for name in ("endLocation", "duration") if name in journey}}
            ),
            moment_of(end, circumstances),
            location=_place(journey.get("endLocation")),
            event={"type": "activity_end", "name": kind},
        )


def _point(point: Object, circumstances: Circumstances) -> Event:
    return event(
        SOURCE,
        _encode(point),
        moment_of(point.get("timestamp") or point.get("timestampMs"), circumstances),
        location=located(
            degrees(point.get("latE7")),
            degrees(point.get("lngE7")),
            fix_accuracy_m=positive(point.get("accuracyMeters")),
        ),
    )


def _visit(original: bytes, visit: Object, circumstances: Circumstances) -> Event:
    start, end = _times(visit)
    place = object_of(visit.get("location"))
    return checked_event(
        SOURCE,
        original,
        moment_of(start, circumstances),
        location=_place(place),
        event={
            "type": "visit",
            "name": text(place.get("name")) or text(place.get("semanticType")),
            "end": utc_of(end, circumstances),
        },
    )


def _times(part: Object) -> tuple[object, object]:
    duration = object_of(part.get("duration"))
    return (
        duration.get("startTimestamp") or duration.get("startTimestampMs"),
        duration.get("endTimestamp") or duration.get("endTimestampMs"),
    )


def _place(place: object) -> Location | None:
    where = object_of(place)
    return located(degrees(where.get("latitudeE7")), degrees(where.get("longitudeE7")))
