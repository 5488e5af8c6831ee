"""The formats of exports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from iot_hub.transfer.exports import csv, geojson, gpx, ndjson, owntracks, parquet
from iot_hub.transfer.exports.reading import EVENTS, MEASURED_EVENTS, TRACK, Content
from iot_hub.transfer.exports.record import Record

Write = Callable[[Iterable[Record], str], Iterator[bytes]]


@dataclass(frozen=True)
class Format:
    """A format: its name, its files' extension, what it is good for, and what writes it."""

    name: str
    extension: str
    what: str
    write: Write
    content: Content
    positions_only: bool = False
    """Whether it leaves out events without a position."""
    is_text: bool = True


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("csv", "csv", "a table for spreadsheets", csv.write, MEASURED_EVENTS),
        Format("geojson", "geojson", "points for QGIS and maps", geojson.write, TRACK, positions_only=True),
        Format("gpx", "gpx", "a track for map programs", gpx.write, TRACK, positions_only=True),
        Format("ndjson", "ndjson", "everything, as another hub takes it", ndjson.write, EVENTS),
        Format("owntracks", "rec", "as OwnTracks' Recorder keeps it", owntracks.write, TRACK),
        Format("parquet", "parquet", "columns for analysis", parquet.write, EVENTS, is_text=False),
    )
}
