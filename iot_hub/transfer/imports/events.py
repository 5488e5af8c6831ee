"""The hub's own exports of events: NDJSON, an event a line, and Parquet."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from iot_hub.event import Event
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.transfer.imports.lines import lines_of
from iot_hub.transfer.imports.own_event import build_own_event, own_event
from iot_hub.transfer.imports.record import BrokenFileError, ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream, head_of, spooled
from iot_hub.transfer.imports.tags import tags_written

PARQUET = b"PAR1"
BATCH = 2_000

COLUMNS = ["device", "device_time", "source", "properties"]


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read an export of either kind."""
    if head_of(stream).startswith(PARQUET):
        with contextlib.nullcontext(stream) if stream.seekable() else spooled(stream) as file:
            yield from _parquet(file, context)
        return
    for index, line in enumerate(lines_of(stream)):
        text = line.strip()
        yield event_of(index, text, own_event, text, context)


def tags_in(stream: Stream, context: ParseContext) -> Iterator[str]:
    """Yield the names of devices."""
    if head_of(stream).startswith(PARQUET):
        for item in read(stream, context):
            if isinstance(item, Event) and item.device is not None:
                yield str(item.device)
        return
    yield from tags_written(stream, rb'"device"\s*+:\s*+')


def _parquet(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read Parquet, some thousand rows at a time. Its directory stands at its end: the stream must go back."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        stream.seek(0)
        batches = pq.ParquetFile(stream).iter_batches(BATCH, columns=COLUMNS)
        index = 0
        for batch in batches:
            times = batch.column("device_time").cast(pa.timestamp("us", "UTC")).cast(pa.int64())
            columns = (times, *(batch.column(name) for name in ("device", "source", "properties")))
            for time, device, source, properties in zip(*(each.to_pylist() for each in columns), strict=True):
                index += 1
                yield event_of(index, b"", _row, device, time, source, properties)
    except (pa.ArrowException, OSError) as error:
        raise BrokenFileError("not_parquet") from error


def _row(device: str | None, time: int | None, source: str | None, properties: str | None) -> ImportResult:
    if time is None or source is None or properties is None:
        raise NotStorableError("time_missing" if time is None else "properties_missing")
    return build_own_event(device, time, source, properties.encode())
