"""Samsung Health's export: tables whose first line names what they are, and files of JSON beside them.

    com.samsung.shealth.exercise,6230002,9
    com.samsung.health.exercise.start_time,com.samsung.health.exercise.time_offset,…

Facts: developer.samsung.com/health, data types exercise, heart_rate and step_count; exports of 2019 to 2025. Times are
UTC, beside them stands the offset of the place. A row has one comma more than the names. Positions and what a sensor
measured during an exercise are arrays of JSON, with Unix milliseconds.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from datetime import UTC

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event, Rejected
from iot_hub.properties.groups import EventDetails, Groups
from iot_hub.sources.canonical import (
    Body,
    Motion,
    build_checked_event,
    make_location,
    not_negative,
    positive,
)
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.json_records import Record, records
from iot_hub.transfer.imports.record import Ignored, ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream, head_of
from iot_hub.transfer.imports.table import BEYOND, Table
from iot_hub.transfer.imports.times import moment_of, utc_of

SOURCE = "samsunghealth"

_EXERCISES = {"1001": "walking", "1002": "running", "11007": "cycling", "13001": "hiking", "14001": "swimming"}
_encode = msgspec.json.Encoder().encode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a table, or an exercise's positions or measurements."""
    if head_of(stream).removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"[":
        yield from records(stream, context, ("",), _measured)
        return
    kind = stream.readline(4096).decode("latin-1").removeprefix("\xef\xbb\xbf").partition(",")[0]
    context = msgspec.structs.replace(context, time_zone=UTC)
    for row in Table(stream).rows():
        if isinstance(row, Rejected):
            yield row
            continue
        # "com.samsung.health.exercise.start_time" or "start_time": the newer tables say whose it is.
        cells = {name.rpartition(".")[2]: cell for name, cell in row.cells.items() if name and name != BEYOND}
        if "start_time" in cells and (groups := _groups(kind, cells, context)) is not None:
            yield event_of(row.number, row.text, _row, cells, groups, context)
        else:
            yield Ignored("kind_not_read")


def _groups(kind: str, cells: Mapping[str, str], context: ParseContext) -> Groups | None:
    """Return what a row means by its table; None for tables of other kinds."""
    said = cells.get
    if kind.endswith("exercise"):
        about = EventDetails(
            type="workout",
            name=said("exercise_custom_type") or _EXERCISES.get(said("exercise_type", ""), said("exercise_type")),
            end=utc_of(said("end_time"), context),
            distance_m=not_negative(said("distance")),
        )
        return {"event": about}
    if kind.endswith("heart_rate"):
        return {"body": Body(heart_rate_bpm=positive(said("heart_rate")))}
    if kind.endswith("step_count"):
        return {"motion": Motion(steps=sentinels.count(said("count")), distance_m=sentinels.count(said("distance")))}
    return None


def _row(cells: Mapping[str, str], groups: Groups, context: ParseContext) -> Event:
    return build_checked_event(SOURCE, _encode(cells), moment_of(cells.get("start_time"), context), **groups)


def _measured(record: Record, original: bytes, context: ParseContext) -> list[ImportResult]:
    location = make_location(
        record.get("latitude"),
        record.get("longitude"),
        altitude_m=sentinels.altitude(record.get("altitude")),
        fix_accuracy_m=sentinels.accuracy(record.get("accuracy")),
    )
    body = Body(
        heart_rate_bpm=positive(record.get("heart_rate")),
        cadence_rpm=not_negative(record.get("cadence")),
        power_W=not_negative(record.get("power")),
    )
    if location is None and body == Body():
        return [Ignored("no_reading")]
    moment = moment_of(record.get("start_time"), context)
    return [build_checked_event(SOURCE, original, moment, location=location, body=body)]
