"""Polarsteps' copy of one's data: the positions of a trip, ``locations.json``.

    {"locations": [{"lat": 52.71, "lon": 21.21, "time": 1760515200.0}, …]}

Facts: exports of Polarsteps, described by niekvleeuwen/polarsteps-data-parser. Times are Unix seconds.
"""

from __future__ import annotations

from collections.abc import Iterator

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.sources.canonical import build_checked_event, make_location
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.json_records import Record, records
from iot_hub.transfer.imports.record import ImportResult
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.times import moment_of

SOURCE = "polarsteps"


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read the positions of a trip."""
    return records(stream, context, ("locations",), _fixes)


def _fixes(record: Record, original: bytes, context: ParseContext) -> list[Event]:
    location = make_location(
        record.get("lat"), record.get("lon"), altitude_m=sentinels.altitude(record.get("altitude"))
    )
    return [build_checked_event(SOURCE, original, moment_of(record.get("time"), context), location=location)]
