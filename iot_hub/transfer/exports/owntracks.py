"""OwnTracks' ``.rec``: a line for each event, as the Recorder keeps them: time, kind, message.

Facts: owntracks/recorder, recorder.c: the columns are set apart by tabs, the second is padded to 18, ``*`` is
a location. ``vel`` is km/h, ``p`` kPa, ``tst`` seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from iot_hub.sources.canonical import KMH_MS
from iot_hub.timestamps import iso_utc
from iot_hub.transfer.exports.record import Fix, Record, whole_event

OTHER = "iot_hub_event"
"""The kind of an event that OwnTracks has no word for."""

# What the Recorder calls each type of message; any other by its own name.
_KINDS = {"location": "*", "transition": "event", "waypoint": "waypoints", "steps": "step"}

_encode = msgspec.json.Encoder().encode


class _Properties(msgspec.Struct):
    owntracks: dict[str, msgspec.Raw] | None = None


_properties = msgspec.json.Decoder(_Properties).decode


def write(records: Iterable[Record], device: str) -> Iterator[bytes]:
    """Write a line for each record. What came from OwnTracks keeps its own message."""
    for record in records:
        kind, message = _message(record)
        event = whole_event(record, device)
        whole = {**message, "iot_hub_event": msgspec.Raw(event)} if event else message
        time = iso_utc(record.device_time, "seconds")
        yield f"{time}\t{kind:<18}\t".encode() + _encode(whole) + b"\n"


def _message(record: Record) -> tuple[str, Mapping[str, Any]]:
    if record.source == "owntracks" and (came := _as_it_came(record)):
        kind = _text(came.get("_type"))
        return _KINDS.get(kind, kind), came
    if record.fix:
        return "*", _location(record, record.fix)
    return OTHER, {"_type": OTHER, "tst": int(record.device_time.timestamp())}


def _as_it_came(record: Record) -> Mapping[str, msgspec.Raw] | None:
    try:
        return _properties(record.properties or "{}").owntracks
    except msgspec.DecodeError:
        return None


def _text(value: msgspec.Raw | None) -> str:
    """Read a type; what is none, or would break the line, is OTHER."""
    try:
        kind = msgspec.json.decode(value or b"null", type=str)
    except msgspec.DecodeError:
        return OTHER
    return kind if kind.isidentifier() else OTHER


def _location(record: Record, fix: Fix) -> Mapping[str, Any]:
    fields = {
        "lat": fix.latitude,
        "lon": fix.longitude,
        "tst": int(fix.time.timestamp()),
        "acc": fix.accuracy_m,
        "alt": fix.altitude_m,
        "vel": None if fix.speed_ms is None else round(fix.speed_ms / KMH_MS),
        "cog": fix.bearing_deg,
        "batt": record.battery_percent,
        "p": None if record.pressure_hpa is None else round(record.pressure_hpa / 10, 6),
    }
    return {"_type": "location", **{name: value for name, value in fields.items() if value is not None}}
