"""Exports for tests: a device with events of every kind, and files of them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

from events import Connection

from iot_hub.access.devices import named_device
from iot_hub.database.queries import query
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.storage import to_sql_params
from iot_hub.transfer.exports.export import Exported, export
from iot_hub.transfer.exports.formats import FORMATS
from iot_hub.transfer.exports.reading import Wanted
from iot_hub.transfer.exports.record import Fix, Record

START = 1_755_820_800  # 2025-08-22T00:00:00Z
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
ODD = 'Zażółć "quoted" ]]> <b>&amp;</b>\r\n\t\x07\x1f\x7f\x85\u2028\ufffe\uffff 🚲 }{ \\u0041'

Timed = tuple[float, dict[str, Any], str]

EVENTS: list[Timed] = [
    (START, {"location": {"latitude": 52.23, "longitude": 21.01, "altitude_m": 112.5, "fix_accuracy_m": 14,
                          "fix_speed_ms": 2.5, "bearing": 360, "satellites": 9, "hdop": 1.1},
             "battery": {"remaining_percent": 51}, "climate": {"pressure_hPa": 1002.66}}, "gpslogger"),
    (START + 60, {"location": {"latitude": 52.24, "longitude": 21.02, "fix_timestamp": START - 5.25}, "note": ODD}, "hub"),
    (START + 120.123456, {"battery": {"remaining_percent": 50}, "exact": 1}, "hub"),
    (START + 180, {"location": {"latitude": 52.25, "longitude": 180, "fix_speed_ms": -1, "fix_accuracy_m": 0}}, "hub"),
    (START + 240, {"location": {"latitude": 0, "longitude": 0}, ODD: None}, "hub"),
    (START + 7200, {"location": {"latitude": -1e-7, "longitude": -58.5, "fix_timestamp": "1755828000.5"},
                    "owntracks": {"_type": "location", "lat": -1e-7, "lon": -58.5, "tst": START + 7200, "tid": "zp"}},
     "owntracks"),
    (START + 7300, {"owntracks": {"_type": "lwt", "tst": START}}, "owntracks"),
    (START + 7400, {"owntracks": {"_type": 'odd\n"type"'}, "state": []}, "owntracks"),
]  # fmt: skip
POSITIONS = 4


def store(owner: Connection, *events: Timed, device_id: int = 1) -> None:
    """Store events given as (Unix seconds, properties, source)."""
    stored = [
        StoredEvent(device_id, round(time * 1e6), json.dumps(properties).encode(), source)
        for time, properties, source in events
    ]
    owner.execute(query("store_events"), to_sql_params(stored))


def exported(connection: Connection, format: str, device: str = "1", **wanted: Any) -> tuple[bytes, Exported]:
    """Export a device's events into memory, as the owner or with ``published=True`` as who may not see more."""
    target = io.BytesIO()
    named = Wanted(*named_device(connection, device), **wanted)
    done = export(connection, FORMATS[format], named, target)
    return target.getvalue(), done


def written(format: str, *records: Record, device: str = "phone") -> bytes:
    """What a format makes of records."""
    return b"".join(FORMATS[format].write(iter(records), device))


def record(properties: object, **fix: Any) -> Record:
    """An event of the hub's own with these properties, with a fix where its fields are given."""
    fix_of = Fix(NOON, **{"latitude": 52.23, "longitude": 21.01, **fix}) if fix else None
    return Record(NOON, "hub", json.dumps(properties, ensure_ascii=False), fix_of)
