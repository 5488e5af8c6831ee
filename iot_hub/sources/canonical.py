"""The hub's own words for what every source reports, whatever the app calls it and in whatever unit.

An event of a source holds groups of canonical properties (``location``, ``battery``, ``motion`` …;
names end in their units) and, under the source's own name, the message as it came. What a
payload does not report is absent: never 0, never null.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from iot_hub.event import Event, TimeSource
from iot_hub.sources.batch_time import UndatedEvent
from iot_hub.sources.bounds import Payload
from iot_hub.sources.event_time import Timestamp, parse_time
from iot_hub.sources.storable import NotStorableError, check_decoded
from iot_hub.values import convert_unit, is_position_given, not_negative, number, position, positive, text

__all__ = [
    "KMH_MS",
    "KNOT_MS",
    "Battery",
    "Body",
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


class Body(msgspec.Struct, omit_defaults=True, gc=False):
    """What a body does: its pulse, how fast its legs or arms turn, with what power."""

    heart_rate_bpm: float | None = None
    cadence_rpm: float | None = None
    power_W: float | None = None


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
    parts = [b"{" if moment.source == "measured" else _marked(moment.source)]
    for name, group in groups.items():
        if group is not None:
            text = _encode(group if isinstance(group, msgspec.Struct) else _without_nulls(group))
            if text != b"{}":
                parts += (_key(name), text, b",")
    parts += (_key(source), message, b"}")
    if moment.source == "received":
        return UndatedEvent(device, moment.time, b"".join(parts), source, "received", clock=moment.clock)
    return Event(device, moment.time, b"".join(parts), source, moment.source)


@cache
def _marked(time_source: TimeSource) -> bytes:
    return b'{"time_source":"%b",' % time_source.encode()


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
