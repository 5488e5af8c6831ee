"""What a format writes: an event as it came, and beside it what the hub makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from iot_hub.timestamps import DeviceTimeError, from_datetime, from_unix, iso_utc

_encode = msgspec.json.Encoder().encode
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What is in the database was judged when it came.
_NEVER_TOO_LATE = 10**18


class Fix(NamedTuple):
    """Where a device was, and when: UTC, degrees (WGS 84), metres, metres a second."""

    time: datetime
    latitude: float
    longitude: float
    altitude_m: float | None = None
    accuracy_m: float | None = None
    speed_ms: float | None = None
    bearing_deg: float | None = None
    satellites: float | None = None
    hdop: float | None = None


class Record(NamedTuple):
    """One event, or of what is published one fix: then it has neither source nor properties.

    ``properties`` is the database's own text, in which every decimal has all its digits.
    """

    device_time: datetime
    source: str | None = None
    properties: str | None = None
    fix: Fix | None = None
    battery_percent: float | None = None
    pressure_hpa: float | None = None


def fix_time(device_time: datetime, fix_timestamp: float | None) -> datetime:
    """Return the time of an event's fix: its own, where a device's clock can have shown it, or the event's."""
    if fix_timestamp is None:
        return device_time
    try:
        own = from_unix(fix_timestamp, from_datetime(device_time, _NEVER_TOO_LATE))
    except DeviceTimeError:
        return device_time
    return _UNIX_EPOCH + timedelta(microseconds=own)


def whole_event(record: Record, device: str) -> bytes | None:
    """Write an event whole, as one line of JSON that ``/v1/events`` takes back; None for a fix alone.

    Nothing in it is rewritten: the same event, read again, has the same digest.
    """
    if record.properties is None:
        return None
    return b'{"device":%b,"device_time":"%b","source":%b,"properties":%b}' % (
        _encode(device),
        iso_utc(record.device_time, "microseconds").encode(),
        _encode(record.source),
        record.properties.encode(),
    )
