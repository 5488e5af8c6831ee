"""Apple Health's export: ``export.xml``, of a gigabyte and more; routes of workouts are GPX files beside it.

Facts: the document type in the export itself; developer.apple.com/documentation/healthkit. A record has a type, a unit
and a span of time; records in a correlation are there a second time, alone. The document type of iOS 16 is no valid
one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.properties.groups import EventDetails, Groups, Motion
from iot_hub.sources.canonical import (
    Body,
    build_checked_event,
    convert_unit,
    not_negative,
    number,
    positive,
    text,
)
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.transfer.imports.record import Ignored, ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream, head_of
from iot_hub.transfer.imports.times import moment_of, utc_of
from iot_hub.transfer.imports.xml_stream import Record, records

SOURCE = "applehealth"

NAMES = ("Record", "Workout", "Correlation", "ActivitySummary", "ClinicalRecord", "Audiogram", "VisionPrescription")

_QUANTITY, _WORKOUT = "HKQuantityTypeIdentifier", "HKWorkoutActivityType"
_METRES = {"m": 1, "km": 1000, "mi": 1609.344, "ft": 0.3048, "yd": 0.9144, "cm": 0.01}
_encode = msgspec.json.Encoder().encode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read an export."""
    _pass_over_document_type(stream)
    for index, (name, record) in enumerate(records(stream, NAMES)):
        if not isinstance(record, dict):
            yield Ignored("no_reading")
        elif name == "Workout":
            yield event_of(index, _encode(record), _workout, record, context)
        elif name == "Record" and (reader := _READERS.get(str(record.get("type")).removeprefix(_QUANTITY))):
            yield event_of(index, _encode(record), _event, record, reader, context)
        elif name == "Correlation":
            yield Ignored("repeated")
        else:
            yield Ignored("kind_not_read")


def _pass_over_document_type(stream: Stream) -> None:
    """Leave out the document type, which a parser need not know; one that declares entities stays to be refused."""
    head = head_of(stream)
    start = head.find(b"<!DOCTYPE")
    end = head.find(b"]>", start)
    if 0 <= start < end and b"<!ENTITY" not in head[start:end]:
        stream.read(end + 2)


def _event(record: Record, read_value: Callable[[Record], Groups], context: ParseContext) -> Event:
    moment = moment_of(record.get("startDate"), context)
    return build_checked_event(SOURCE, _encode(record), moment, **read_value(record))


def _heart_rate(record: Record) -> Groups:
    return {"body": Body(heart_rate_bpm=positive(_in("count/min", record)))}


def _steps(record: Record) -> Groups:
    return {"motion": Motion(steps=sentinels.count(_in("count", record)))}


def _floors(record: Record) -> Groups:
    return {"motion": Motion(floors_up=not_negative(_in("count", record)))}


def _distance(record: Record) -> Groups:
    return {"motion": Motion(distance_m=_metres(record.get("value"), record.get("unit")))}


def _in(unit: str, record: Record) -> float | int | None:
    """Return a value in a unit. Raises NotStorableError for one in another unit, which would be a wrong figure."""
    if record.get("unit") != unit:
        raise NotStorableError("unit_unknown")
    return number(record.get("value"))


def _metres(value: object, unit: object) -> float | None:
    factor = _METRES.get(str(unit))
    if factor is None:
        raise NotStorableError("unit_unknown")
    return convert_unit(not_negative(value), factor)


_READERS: Mapping[str, Callable[[Record], Groups]] = {
    "HeartRate": _heart_rate,
    "StepCount": _steps,
    "FlightsClimbed": _floors,
    "DistanceWalkingRunning": _distance,
    "DistanceCycling": _distance,
    "DistanceSwimming": _distance,
}


def _workout(workout: Record, context: ParseContext) -> Event:
    about = EventDetails(
        type="workout",
        name=text(str(workout.get("workoutActivityType")).removeprefix(_WORKOUT)),
        distance_m=_distance_of(workout),
        end=utc_of(workout.get("endDate"), context),
    )
    return build_checked_event(SOURCE, _encode(workout), moment_of(workout.get("startDate"), context), event=about)


def _distance_of(workout: Record) -> float | None:
    """Return how far a workout went: until iOS 15 it said so itself, since then its statistics do."""
    if "totalDistance" in workout:
        return _metres(workout["totalDistance"], workout.get("totalDistanceUnit"))
    statistics = workout.get("WorkoutStatistics")
    for each in statistics if isinstance(statistics, list) else [statistics]:
        if isinstance(each, dict) and str(each.get("type")).startswith(f"{_QUANTITY}Distance"):
            return _metres(each.get("sum"), each.get("unit"))
    return None
