"""What a file is, by its beginning and never by its name."""

from __future__ import annotations

import re

from iot_hub.importing.columns import columns_meant
from iot_hub.importing.csv_format import OWN_COLUMNS
from iot_hub.importing.events import PARQUET
from iot_hub.importing.google import ENCRYPTED
from iot_hub.importing.table import columns_of

ARCHIVE = "archive"

_ROOT = re.compile(rb"<(?:[\w.-]+:)?(\w+)[\s>]")
_RECORDER_LINE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\t")
# Of each form of JSON, the names that no other has. The first that is met decides.
_NAMES = (
    (
        "google-timeline",
        rb'"(?:locations|timelineObjects|timelineEdits|semanticSegments|rawSignals|userLocationProfile)"',
    ),
    ("geojson", rb'"FeatureCollection"|"Feature"|"features"'),
    ("events", rb'^\s*\{[^\n]*"device_time"[^\n]*"properties"|^\s*\{[^\n]*"properties"[^\n]*"device_time"'),
    ("owntracks", rb'^\s*\{[^\n]*"_type"'),
    ("sensorlogger", rb'^\s*\[\s*\{[^}]*"sensor"\s*:'),
    ("google-timeline", rb'^\s*\[\s*\{.*"startTime"'),
)
_JSON = tuple((name, re.compile(names, re.DOTALL)) for name, names in _NAMES)


def recognised(head: bytes) -> str | None:
    """Name the format of a file, or an archive, by its first bytes; None for what is none of them."""
    if head.startswith(b"PK\x03\x04"):
        return ARCHIVE
    if head.startswith(PARQUET):
        return "events"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return next((name for name in map(_root, _ROOT.findall(text)[:3]) if name in ("gpx", "kml")), None)
    if ENCRYPTED in text[:4096]:
        return "google-timeline"
    if text[:1] in (b"{", b"["):
        return next((name for name, names in _JSON if names.search(text)), None)
    if _RECORDER_LINE.match(text):
        return "owntracks"
    return _table(text.partition(b"\n")[0])


def _root(name: bytes) -> str:
    return name.decode().lower()


def _table(line: bytes) -> str | None:
    columns = columns_of(line.decode("latin-1").strip())
    named = set(columns)
    if {"entity_id", "state"} <= named:
        return "homeassistant"
    if "seconds_elapsed" in named or "recording epoch time" in named:
        return "sensorlogger"
    meant = columns_meant(columns, {})
    is_own = set(OWN_COLUMNS) <= named
    if is_own or ({"latitude", "longitude"} <= set(meant) and ("time" in meant or "date" in meant)):
        return "csv"
    return None
