"""What a file is, by its beginning and never by its name."""

from __future__ import annotations

import codecs
import re

from iot_hub.transfer.imports.columns import columns_meant
from iot_hub.transfer.imports.csv_format import OWN_COLUMNS
from iot_hub.transfer.imports.events import PARQUET
from iot_hub.transfer.imports.google import ENCRYPTED
from iot_hub.transfer.imports.table import columns_of

ARCHIVE = "archive"

_ROOT = re.compile(rb"<(?:[\w.-]+:)?(\w+)[\s/>]")
# Older copies of the store have spaces where the Recorder writes tabs.
_RECORDER_LINE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ[\t ]")
# How a file of JSON begins, where that tells.
_BEGINNINGS = {
    "events": re.compile(rb'\{\s*"device(?:_time)?"\s*:'),
    "owntracks": re.compile(rb'\{[^{}\[\]]*"_type"\s*:'),
    "sensorlogger": re.compile(rb'\[\s*\{[^{}\[\]]*"sensor"\s*:'),
}
# Names of each other form. What is met first decides: further in, a record may hold anything.
_NAMES = {
    b"locations": "google-timeline",
    b"timelineObjects": "google-timeline",
    b"timelineEdits": "google-timeline",
    b"semanticSegments": "google-timeline",
    b"rawSignals": "google-timeline",
    b"userLocationProfile": "google-timeline",
    b"FeatureCollection": "geojson",
    b"Feature": "geojson",
    b"features": "geojson",
}
_name = re.compile(rb'"(%b)"' % b"|".join(_NAMES)).search
# Overland's batches are features, under a name that is Google's too.
_features = re.compile(rb'"type"\s*:\s*"Feature"').search
_SEGMENTS = re.compile(rb'\[\s*\{.*?"(?:startTime|endTime)"', re.DOTALL)


def recognised(head: bytes) -> str | None:
    """Return the format of a file, or ARCHIVE, by its first bytes; None for what is none of them."""
    if head.startswith(b"PK\x03\x04"):
        return ARCHIVE
    if head.startswith(PARQUET):
        return "events"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _xml(head.decode("utf-16", "ignore").encode())
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith(b"<"):
        return _xml(text)
    if ENCRYPTED in text[:4096]:
        return "google-timeline"
    if text[:1] in (b"{", b"["):
        return _json(text)
    if _RECORDER_LINE.match(text):
        return "owntracks"
    return _table(text.partition(b"\n")[0])


def _xml(text: bytes) -> str | None:
    return next((name for name in map(_root, _ROOT.findall(text)[:3]) if name in ("gpx", "kml")), None)


def _json(text: bytes) -> str | None:
    for name, beginning in _BEGINNINGS.items():
        if beginning.match(text):
            return name
    if found := _name(text):
        return "geojson" if found[1] == b"locations" and _features(text) else _NAMES[found[1]]
    return "google-timeline" if _SEGMENTS.match(text) else None


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
