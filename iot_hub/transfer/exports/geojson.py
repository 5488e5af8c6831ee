"""GeoJSON (RFC 7946): a feature for each event that has a position, with what is known of it as properties."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from iot_hub.timestamps import iso_utc
from iot_hub.transfer.exports.record import Fix, Record, whole_event
from iot_hub.transfer.tracks import position

_encode = msgspec.json.Encoder().encode


def write(records: Iterable[Record], device: str) -> Iterator[bytes]:
    """Write the collection. Records without a position are left out."""
    before = b'{"type":"FeatureCollection","features":[\n'
    for record in records:
        if record.fix:
            yield before + _feature(record, record.fix, device)
            before = b",\n"
    yield b"\n]}\n" if before == b",\n" else before + b"]}\n"


def _feature(record: Record, fix: Fix, device: str) -> bytes:
    fields = {
        "time": iso_utc(fix.time),
        "altitude_m": fix.altitude_m,
        "accuracy_m": fix.accuracy_m,
        "speed_ms": fix.speed_ms,
        "bearing_deg": fix.bearing_deg,
        "satellites": fix.satellites,
        "hdop": fix.hdop,
        "battery_percent": record.battery_percent,
    }
    properties: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
    if event := whole_event(record, device):
        properties["iot_hub_event"] = msgspec.Raw(event)
    geometry = {"type": "Point", "coordinates": position(fix.longitude, fix.latitude, fix.altitude_m)}
    return _encode({"type": "Feature", "geometry": geometry, "properties": properties})
