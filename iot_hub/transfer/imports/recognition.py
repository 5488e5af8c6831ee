"""What a file is, by its beginning and never by its name: a signature, its root, its members or its columns."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence

from iot_hub.transfer.imports.car_table import is_wide
from iot_hub.transfer.imports.carscanner import COLUMNS as CAR_SCANNER_COLUMNS
from iot_hub.transfer.imports.columns import columns_meant
from iot_hub.transfer.imports.csv_format import OWN_COLUMNS
from iot_hub.transfer.imports.google import ENCRYPTED
from iot_hub.transfer.imports.json_outline import outline
from iot_hub.transfer.imports.stream import buffered, head_of
from iot_hub.transfer.imports.table import columns_of
from iot_hub.transfer.imports.teslafi import COLUMNS as TESLAFI_COLUMNS
from iot_hub.transfer.imports.teslamate import PACKED_DUMP, table_of
from iot_hub.transfer.imports.text_encoding import as_text
from iot_hub.transfer.imports.torque import COLUMNS as TORQUE_COLUMNS
from iot_hub.transfer.imports.traccar import EXPORT_COLUMNS, REPORT_COLUMNS

# How a file of a format begins that is no text.
BINARY: Mapping[str, re.Pattern[bytes]] = {
    "events": re.compile(rb"PAR1"),
    "fit": re.compile(rb".{8}\.FIT", re.DOTALL),
    "homeassistant": re.compile(rb"SQLite format 3\0"),
    "teslamate": re.compile(PACKED_DUMP),
}

# How a file of a format begins, where that is enough.
SIGNATURES: Mapping[str, re.Pattern[bytes]] = {
    # Older copies of the Recorder's store have spaces where it writes tabs.
    "owntracks": re.compile(rb"\s*\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ[\t ]"),
    "samsunghealth": re.compile(rb"com\.samsung\.[\w.]+,\d+"),
    # A program may write a time of its own before each sentence.
    "nmea": re.compile(rb"[\d.,:TZ+/ -]{0,40}\$[A-Z][A-Z0-9]{3,9},"),
    # A dump of any other program has no such table.
    "teslamate": re.compile(rb"(?s)--\r?\n-- PostgreSQL database dump.*\bcharging_process"),
    "igc": re.compile(rb"A[A-Z0-9]{3}[^\n]{0,100}\n(?:[^\n]{0,200}\n){0,50}?H[FOP]DTE"),
}

# The root of a format in XML, in lower case.
ROOTS: Mapping[str, str] = {
    "gpx": "gpx",
    "kml": "kml",
    "trainingcenterdatabase": "tcx",
    "healthdata": "applehealth",
}

# The members of a format in JSON, by their paths: a file of which one of the sets is there is of it. A * is any name.
MEMBERS: Mapping[str, Sequence[frozenset[str]]] = {
    format: [frozenset(members.split()) for members in alternatives]
    for format, alternatives in {
        "events": ("device_time properties", "device_time source device"),
        "owntracks": ("_type", "data[]._type", "[]._type"),
        "sensorlogger": ("[].sensor [].time",),
        "google-timeline": (
            "locations[].latitudeE7",
            "locations[].timestampMs",
            "locations[].timestamp locations[].deviceTag",
            "timelineObjects[].activitySegment",
            "timelineObjects[].placeVisit",
            "timelineEdits[].deviceId",
            "timelineEdits[].rawSignal",
            "timelineEdits[].placeAggregates",
            "semanticSegments[].startTime",
            "semanticSegments rawSignals",
            "rawSignals[].position",
            "rawSignals[].activityRecord",
            "rawSignals[].wifiScan",
            "userLocationProfile",
            "[].startTime [].timelinePath",
            "[].startTime [].visit",
            "[].startTime [].activity",
            "[].startTime [].timelineMemory",
            "[].timelinePath[].point",
        ),
        "geojson": (
            "type=FeatureCollection",
            "type=Feature",
            "[].type=Feature",
            "features[].type=Feature",
            "locations[].type=Feature",  # A batch of Overland's.
        ),
        "polarsteps": ("locations[].lat locations[].lon locations[].time",),
        "life360": (
            "locations[].latitude locations[].longitude locations[].timestamp",
            "locations[].latitude locations[].longitude locations[].startTimestamp",
        ),
        "arc": ("timelineItems[].itemId", "timelineItems[].samples"),
        "moves": ("[].date [].segments",),
        "traccar": ("[].deviceId [].fixTime", "[].protocol [].fixTime"),
        "homeassistant": ("[][].entity_id [][].state", "[].entity_id [].state"),
        "geopulse": ("dataType=rawGps", "points[].timestamp points[].deviceId points[].source"),
        "samsunghealth": ("[].start_time [].latitude", "[].start_time [].heart_rate"),
        "dawarich": (
            *(
                f"{each}timestamp {each}{named}"
                for each in ("[].", "points[].", "")
                for named in ("lonlat", f"latitude {each}velocity", f"latitude {each}tracker_id")
            ),
            "*[].lat *[].lon *[].tst",
        ),
    }.items()
}

_ROOT = re.compile(rb"<(?:[\w.-]+:)?(\w+)[\s/>]")
_NOTE_BYTES = 4096


def recognised(head: bytes) -> str | None:
    """Return the format of a file by its first bytes; None for what is none of them."""
    for format, signature in BINARY.items():
        if signature.match(head):
            return format
    text = head_of(as_text(buffered(io.BytesIO(head)))).lstrip()
    for format, signature in SIGNATURES.items():
        if signature.match(text):
            return format
    if text.startswith(b"<"):
        return _xml(text)
    if ENCRYPTED in text[:_NOTE_BYTES]:
        return "google-timeline"
    if text[:1] in (b"{", b"[", b"\x1e"):
        return _json(text)
    while text.startswith(b"#") and b"," not in text.partition(b"\n")[0]:  # What a log says of itself.
        text = text.partition(b"\n")[2]
    first, _, rest = text.partition(b"\n")
    return _table(rest.partition(b"\n")[0] if first.lower().startswith(b"sep=") else first)


def _xml(text: bytes) -> str | None:
    roots = (ROOTS.get(name.decode().lower()) for name in _ROOT.findall(text)[:3])
    return next(filter(None, roots), None)


def _json(text: bytes) -> str | None:
    members = outline(text.decode(errors="replace"))
    members |= {f"*{path[path.index('[]') :]}" for path in members if "[]" in path}
    return next((name for name, sets in MEMBERS.items() if any(each <= members for each in sets)), None)


def _table(line: bytes) -> str | None:
    columns = columns_of(line.decode("utf-8", "replace").strip())
    named = set(columns)
    if {"entity_id", "state"} <= named:
        return "homeassistant"
    if "seconds_elapsed" in named or "recording epoch time" in named:
        return "sensorlogger"
    if named >= EXPORT_COLUMNS or named >= REPORT_COLUMNS:
        return "traccar"
    if named >= CAR_SCANNER_COLUMNS:
        return "carscanner"
    if {name.casefold() for name in named} >= TORQUE_COLUMNS:
        return "torque"
    if named >= TESLAFI_COLUMNS:
        return "teslafi"
    if table_of(columns):
        return "teslamate"
    if is_wide(columns):
        return "carscanner" if any(name.startswith("[") for name in columns) else "carlog"
    meant = columns_meant(columns, {})
    is_own = set(OWN_COLUMNS) <= named
    if is_own or ({"latitude", "longitude"} <= set(meant) and ("time" in meant or "date" in meant)):
        return "csv"
    return None
