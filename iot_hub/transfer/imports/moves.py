"""Moves' export, which ended in 2018: ``storyline.json``, a day an element, and the days' places alone.

Facts: the interface of Moves, dev.moves-app.com/docs/api_storyline. Times are ISO 8601 in its basic form, with an
offset: ``20151015T100000+0200``.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.properties.groups import EventDetails
from iot_hub.sources.canonical import Motion, build_checked_event, make_location, not_negative, text
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.json_records import Record, object_at, records
from iot_hub.transfer.imports.record import Ignored, ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.times import moment_of, utc_of

SOURCE = "moves"

_encode = msgspec.json.Encoder().encode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read the segments of days: places where somebody stayed, and the activities between, with their points."""
    return records(stream, context, ("",), _day)


def _day(day: Record, _: bytes, context: ParseContext) -> Iterator[ImportResult]:
    segments = _objects(day.get("segments"))
    if not segments:
        yield Ignored("no_reading")
    for segment in segments:
        activities = _objects(segment.get("activities"))
        if segment.get("type") == "place":
            about = {name: value for name, value in segment.items() if name != "activities"}
            yield event_of(0, _encode(about), _visit, about, context)
        elif not activities:
            yield Ignored("no_reading")
        for activity in activities:
            yield from _activity(activity, context)


def _visit(segment: Record, context: ParseContext) -> Event:
    place = object_at(segment, "place")
    where = object_at(place, "location")
    about = EventDetails(type="visit", name=text(place.get("name")), end=utc_of(segment.get("endTime"), context))
    return build_checked_event(
        SOURCE,
        _encode(segment),
        moment_of(segment.get("startTime"), context),
        location=make_location(where.get("lat"), where.get("lon")),
        event=about,
    )


def _activity(activity: Record, context: ParseContext) -> Iterator[ImportResult]:
    kind = text(activity.get("activity"))
    points = _objects(activity.get("trackPoints"))
    if "startTime" in activity:
        about = {name: value for name, value in activity.items() if name != "trackPoints"}
        yield event_of(0, _encode(about), _summary, about, kind, context)
    for index, point in enumerate(points):
        yield event_of(index, _encode(point), _fix, point, kind, context)


def _summary(activity: Record, kind: str | None, context: ParseContext) -> Event:
    about = EventDetails(
        type="activity_start",
        name=kind,
        distance_m=not_negative(activity.get("distance")),
        end=utc_of(activity.get("endTime"), context),
    )
    moment = moment_of(activity.get("startTime"), context)
    motion = Motion(activity=kind, steps=sentinels.count(activity.get("steps")))
    return build_checked_event(SOURCE, _encode(activity), moment, motion=motion, event=about)


def _fix(point: Record, kind: str | None, context: ParseContext) -> Event:
    location = make_location(point.get("lat"), point.get("lon"))
    moment = moment_of(point.get("time"), context)
    return build_checked_event(SOURCE, _encode(point), moment, location=location, motion=Motion(activity=kind))


def _objects(value: object) -> list[Record]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
