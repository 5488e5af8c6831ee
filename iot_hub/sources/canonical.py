"""The hub's own words for what every source reports, whatever the app calls it and in whatever unit.

An event of a source holds groups of canonical properties (``location``, ``battery``, ``motion`` …;
names end in their units) and, under the source's own name, the message as it came. What a
payload does not report is absent: never 0, never null.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from iot_hub.event import Event, TimeSource
from iot_hub.sources.bounds import Payload
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, check_decoded
from iot_hub.timestamps import SECOND, DeviceTimeError, Microseconds, from_datetime, from_unix
from iot_hub.values import convert_unit, is_position_given, not_negative, number, position, positive, text

__all__ = [
    "KMH_MS",
    "KNOT_MS",
    "Battery",
    "Group",
    "Location",
    "Motion",
    "Timestamp",
    "build_event",
    "convert_unit",
    "make_location",
    "not_negative",
    "number",
    "parse_time",
    "position",
    "positive",
    "text",
]

KNOT_MS = 1852 / 3600
KMH_MS = 1 / 3.6
EARLIEST_LIVE = 1_262_304_000 * SECOND  # 2010-01-01: before it lie clocks that start at some firmware's birth.

_encode = msgspec.json.Encoder().encode


class Location(msgspec.Struct, omit_defaults=True, gc=False):
    """Where a device was: WGS 84 degrees, metres, metres a second."""

    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None
    bearing: float | None = None
    fix_provider: str | None = None
    fix_speed_ms: float | None = None
    fix_timestamp: float | None = None
    fix_accuracy_m: float | None = None
    fix_vertical_accuracy_m: float | None = None
    fix_speed_accuracy_ms: float | None = None
    fix_bearing_accuracy: float | None = None
    altitude_msl_m: float | None = None
    satellites: float | None = None
    hdop: float | None = None
    mock: bool | None = None
    """Whether an app made the position up."""


class Battery(msgspec.Struct, omit_defaults=True, gc=False):
    """How a device's battery is. ``state`` is the app's word: unplugged, charging, full, unknown."""

    remaining_percent: float | None = None
    charging: bool | None = None
    state: str | None = None
    temperature_C: float | None = None
    voltage_V: float | None = None
    usage_current_mA: float | None = None


class Motion(msgspec.Struct, omit_defaults=True, gc=False):
    """How a device or its owner moves. ``activity`` is the app's word, or its words."""

    activity: str | list[str] | None = None
    steps: float | None = None
    distance_m: float | None = None


class Timestamp(msgspec.Struct, frozen=True, gc=False):
    """When something was measured, and how that is known."""

    time: Microseconds
    source: TimeSource


Group = msgspec.Struct | Mapping[str, Any] | None


def build_event(
    source: str, original: Payload, moment: Timestamp, *, device: int | str | None = None, **groups: Group
) -> Event:
    """Build an event of a message that was decoded. Groups without a value are left out; a value that is None too.

    Raises NotStorableError, or what decoding raises, where the message can't be stored.
    """
    message = bytes(original)
    check_decoded(message)
    return _serialize(source, message, moment, device, groups)


def build_checked_event(
    source: str, message: bytes, moment: Timestamp, *, device: int | str | None = None, **groups: Group
) -> Event:
    """Build an event of a message that is known to be storable."""
    return _serialize(source, message, moment, device, groups)


def _serialize(
    source: str, message: bytes, moment: Timestamp, device: int | str | None, groups: Mapping[str, Group]
) -> Event:
    parts = [b"{"]
    for name, group in groups.items():
        if group is not None:
            text = _encode(group if isinstance(group, msgspec.Struct) else _without_nulls(group))
            if text != b"{}":
                parts += (_key(name), text, b",")
    if moment.source == "received":
        parts.append(b'"time_source":"received",')
    parts += (_key(source), message, b"}")
    return Event(device, moment.time, b"".join(parts), source, moment.source)


@cache
def _key(name: str) -> bytes:
    return b'"%b":' % name.encode()


def _without_nulls(group: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if value is not None and value != {}}


def make_location(latitude: object, longitude: object, **more: Any) -> Location | None:  # noqa: ANN401
    """Return a location, or None without a position: altitude, speed and bearing mean nothing alone.

    Raises NotStorableError for a position that can't be read: stored without it, the reading would be lost unseen.
    """
    found = position(latitude, longitude)
    if found is None and is_position_given(latitude, longitude):
        raise NotStorableError("position_unreadable")
    return Location(*found, **more) if found else None


def parse_time(value: object, context: ParseContext) -> Timestamp:
    """Parse a time: Unix (s, ms, µs, ns; a number or its text) or ISO 8601, in the owner's zone without offset.

    What no living device would report (before 2010, more than a day ahead, unreadable, nothing) gives
    way to the time of receipt, and is marked so.
    """
    try:
        time = _time(value, context)
    except (DeviceTimeError, ValueError, OverflowError):
        time = None
    if time is None or time < EARLIEST_LIVE:
        return Timestamp(context.received_at, "received")
    return Timestamp(time, "measured")


def _time(value: object, context: ParseContext) -> Microseconds | None:
    # "2025-…" is no number: to try would cost as much as all the rest.
    stamp = None if isinstance(value, str) and value[4:5] == "-" else number(value)
    if stamp is not None:
        return from_unix(stamp, context.latest)
    if not isinstance(value, str):
        return None
    moment = datetime.fromisoformat(value.strip())
    local = moment if moment.tzinfo else moment.replace(tzinfo=context.time_zone)
    return from_datetime(local, context.latest)
