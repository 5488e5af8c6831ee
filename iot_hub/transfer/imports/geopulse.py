"""GeoPulse's export of one's data: ``raw-gps-data.json``.

Facts: tess1o/geopulse, ExportDataMapper.java and GpsPointMapper.java. A speed is km/h; a battery of -1 is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.sources.canonical import (
    KMH_MS,
    Battery,
    build_checked_event,
    convert_unit,
    make_location,
)
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.json_records import Record, records
from iot_hub.transfer.imports.record import ImportResult
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.tags import tag_of, tags_written
from iot_hub.transfer.imports.times import moment_of

SOURCE = "geopulse"


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read the raw positions of an export."""
    return records(stream, context, ("points",), _fixes)


def tags_in(stream: Stream, context: ParseContext) -> Iterator[str]:
    """Yield the trackers' own names."""
    return tags_written(stream, rb'"deviceId"\s*+:\s*+')


def _fixes(point: Record, original: bytes, context: ParseContext) -> list[Event]:
    location = make_location(
        point.get("latitude"),
        point.get("longitude"),
        altitude_m=sentinels.altitude(point.get("altitude")),
        fix_speed_ms=convert_unit(sentinels.speed(point.get("speed")), KMH_MS),
        fix_accuracy_m=sentinels.accuracy(point.get("accuracy")),
    )
    return [
        build_checked_event(
            SOURCE,
            original,
            moment_of(point.get("timestamp"), context),
            device=tag_of(point.get("deviceId")),
            location=location,
            battery=Battery(remaining_percent=sentinels.battery(point.get("battery"))),
        )
    ]
