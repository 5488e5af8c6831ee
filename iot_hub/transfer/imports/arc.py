"""Arc's export: a file of JSON for each day or month, with visits, trips and the samples that they consist of.

Facts: sobri909/LocoKit, TimelineItems.md and LocomotionSample.swift. A speed, a course or an accuracy below 0 is
unknown, and with the accuracy the altitude. A trip's kind of movement is that of its samples.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.properties.groups import EventDetails
from iot_hub.sources.canonical import (
    Location,
    Motion,
    build_checked_event,
    make_location,
    not_negative,
    text,
)
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.json_records import Record, object_at, records
from iot_hub.transfer.imports.record import Ignored, ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.times import moment_of, utc_of

SOURCE = "arc"

_encode = msgspec.json.Encoder().encode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read an export's visits and samples."""
    return records(stream, context, ("timelineItems",), _item)


def _item(item: Record, _: bytes, context: ParseContext) -> Iterator[ImportResult]:
    samples = item.get("samples")
    if item.get("isVisit") is True:
        about = {name: value for name, value in item.items() if name != "samples"}
        yield event_of(0, _encode(about), _visit, about, context)
    elif not samples:
        yield Ignored("no_reading")
    activity = None if item.get("isVisit") is True else text(item.get("activityType"))
    for index, sample in enumerate(samples if isinstance(samples, list) else ()):
        if object_at(sample, "location"):
            yield event_of(index, _encode(sample), _sample, sample, activity, context)
        else:
            yield Ignored("no_reading")


def _visit(visit: Record, context: ParseContext) -> Event:
    about = EventDetails(
        type="visit",
        name=text(object_at(visit, "place").get("name")),
        end=utc_of(visit.get("endDate"), context),
    )
    return build_checked_event(SOURCE, _encode(visit), moment_of(visit.get("startDate"), context), event=about)


def _sample(sample: Record, activity: str | None, context: ParseContext) -> Event:
    fix = object_at(sample, "location")
    moment = moment_of(fix.get("timestamp") or sample.get("date"), context)
    motion = Motion(activity=activity)
    return build_checked_event(SOURCE, _encode(sample), moment, location=_location(fix), motion=motion)


def _location(fix: Record) -> Location | None:
    is_altitude_known = not_negative(fix.get("verticalAccuracy", 0)) is not None
    return make_location(
        fix.get("latitude"),
        fix.get("longitude"),
        altitude_m=sentinels.altitude(fix.get("altitude")) if is_altitude_known else None,
        bearing=sentinels.bearing(fix.get("course")),
        fix_speed_ms=sentinels.speed(fix.get("speed")),
        fix_accuracy_m=sentinels.accuracy(fix.get("horizontalAccuracy")),
        fix_vertical_accuracy_m=sentinels.accuracy(fix.get("verticalAccuracy")),
    )
