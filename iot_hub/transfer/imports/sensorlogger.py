"""Sensor Logger's export: an archive of CSV files, one of them, or one JSON file with every value as text.

Facts: tszheichoi/awesome-sensor-logger, UNITS.md. Columns are known by their names: their order changed between
versions. ``time`` is nanoseconds UTC. Streams are those that the app sends, and what one tells within a second is put
together where it is much, as when it sends them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

import msgspec

from iot_hub.event import Event, Rejected
from iot_hub.sources.canonical import Timestamp, build_event
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.sensorlogger import MOST_A_SECOND, Reading, columns, groups
from iot_hub.sources.storable import NotStorableError, reason_of
from iot_hub.timestamps import SECOND, Microseconds
from iot_hub.transfer.imports.json_stream import elements
from iot_hub.transfer.imports.record import Ignored, ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream, head_of
from iot_hub.transfer.imports.table import Table
from iot_hub.transfer.imports.times import time_of

SOURCE = "sensorlogger"
METADATA = "Metadata"

# A file that was renamed still tells its stream by its columns; of x, y and z the name alone does.
_TELLING = {
    "latitude": "Location", "batteryLevel": "Battery", "pressure": "Barometer", "relativeAltitude": "Barometer",
    "steps": "Pedometer", "lux": "Light", "dBFS": "Microphone", "activity": "Activity",
    "recording epoch time": METADATA, "manufacturerData": "Bluetooth", "text": "Annotation", "type": "Network",
}  # fmt: skip
_encode = msgspec.json.Encoder().encode

Placed = tuple[int, Microseconds, Reading]


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read an export."""
    is_json = head_of(stream).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["
    yield from _events(_of_json(stream) if is_json else _of_table(stream, context.file), context)


def _of_json(stream: Stream) -> Iterator[Mapping[str, Any] | Rejected]:
    for element in elements(stream):
        if isinstance(element.value, dict):
            yield element.value
        else:
            yield Rejected(0, element.original(), "wrong_type")


def _of_table(stream: Stream, file: str) -> Iterator[Mapping[str, Any] | Rejected]:
    table = Table(stream)
    name = next((name for column, name in _TELLING.items() if column in table.columns), PurePath(file).stem)
    for row in table.rows():
        yield row if isinstance(row, Rejected) else {"sensor": name, **row.cells}


def _events(rows: Iterable[Mapping[str, Any] | Rejected], context: ParseContext) -> Iterator[ImportResult]:
    """Make events of rows; those of one stream and second wait for each other."""
    device: str | None = None
    waiting: dict[str, list[Placed]] = {}
    for index, row in enumerate(rows):
        if isinstance(row, Rejected):
            yield row
            continue
        if row.get("sensor") == METADATA:
            device = row.get("device id") or device
        indexed = _indexed(index, row, context)
        if isinstance(indexed, Rejected):
            yield indexed
            continue
        together = waiting.setdefault(str(indexed[2]["name"]), [])
        if together and together[0][1] // SECOND != indexed[1] // SECOND:
            yield from _told(together, device)
            together.clear()
        together.append(indexed)
    for together in waiting.values():
        yield from _told(together, device)


def _indexed(index: int, row: Mapping[str, Any], context: ParseContext) -> Placed | Rejected:
    values = {name: value for name, value in row.items() if name not in ("sensor", "time") and value != ""}
    reading = {"name": row.get("sensor"), "time": row.get("time"), "values": values}
    try:
        if not isinstance(reading["name"], str):
            raise NotStorableError("values_missing")
        return index, time_of(reading["time"] or values.get("recording epoch time"), context), reading
    except (ValueError, OverflowError) as error:
        return Rejected(index, str(dict(row)).encode(errors="replace"), reason_of(error))


def _told(together: list[Placed], device: str | None) -> Iterator[ImportResult]:
    """Make an event of each reading, or one of all if a second holds many; the others are counted with it."""
    if len(together) <= MOST_A_SECOND:
        for index, time, reading in together:
            original = _encode(reading)
            yield event_of(index, original, _event, original, time, reading, device)
        return
    index, time, first = together[0]
    whole = _encode(columns([reading for _, _, reading in together]))
    yield event_of(index, whole, _event, whole, time, first, device)
    yield Ignored("told_within_a_second", len(together) - 1)


def _event(original: bytes, time: Microseconds, reading: Reading, device: str | None) -> Event:
    canonical = groups(str(reading["name"]), reading["values"])
    return build_event(SOURCE, original, Timestamp(time, "measured"), device=device, **canonical)
