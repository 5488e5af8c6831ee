"""The hub's own words for what every source reports, whatever the app calls it and in whatever unit.

An event of a source holds groups of canonical properties (``location``, ``battery``, ``motion`` …;
names end in their units) and, under the source's own name, the message as it came. What a
payload does not tell is absent: never 0, never null.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from iot_hub.device_time import SECOND, DeviceTimeError, Microseconds, from_datetime, from_unix
from iot_hub.event import Event, TimeSource
from iot_hub.sources.circumstances import Circumstances
from iot_hub.sources.storable import Payload, check_properties

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


class Moment(NamedTuple):
    """When something was measured, and how that is known."""

    time: Microseconds
    source: TimeSource


Group = msgspec.Struct | Mapping[str, Any] | None


def event(source: str, original: Payload, moment: Moment, *, device: int | str | None = None, **groups: Group) -> Event:
    """Make an event of a message. Groups without a value are left out; a value that is None too.

    Raises NotStorableError, or what decoding raises, where the message can't be stored.
    """
    message = bytes(original)
    check_properties(message)
    return checked_event(source, message, moment, device=device, **groups)


def checked_event(
    source: str, message: bytes, moment: Moment, *, device: int | str | None = None, **groups: Group
) -> Event:
    """Make an event of a message that is known to be storable."""
    properties = b"{"
    for name, group in groups.items():
        if group is not None:
            text = _encode(_told(group) if isinstance(group, Mapping) else group)
            if text != b"{}":
                properties += b'"%b":%b,' % (name.encode(), text)
    if moment.source == "received":
        properties += b'"time_source":"received",'
    properties += b'"%b":%b}' % (source.encode(), message)
    return Event(device, moment.time, properties, source, moment.source)


def _told(group: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if value is not None and value != {}}


def number(value: object) -> float | int | None:
    """Read a number, given as one or as text. None for every way of saying that there is none."""
    if isinstance(value, str):
        value = _number(value)
    if type(value) is int:  # And no bool, which is a kind of int.
        return value
    return value if type(value) is float and math.isfinite(value) else None


def _number(text: str) -> float | int | None:
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None


def not_negative(value: object) -> float | int | None:
    """Read a number that apps make negative to say that they do not know it: a speed, a bearing, a level."""
    found = number(value)
    return None if found is None or found < 0 else found


def positive(value: object) -> float | int | None:
    """Read a number of which 0 says that it is unknown: an accuracy. Kept, it would make the worst fix the best."""
    found = number(value)
    return None if found is None or found <= 0 else found


def scaled(value: float | int | None, factor: float, digits: int = 6) -> float | None:
    """Bring a number to the hub's unit, without the noise of binary fractions."""
    return None if value is None else round(value * factor, digits)


def text(value: object) -> str | None:
    """Read a text that says something."""
    return value.strip() or None if isinstance(value, str) else None


def position(latitude: object, longitude: object) -> tuple[float, float] | None:
    """Read a position; None where there is none, or none on Earth. Exactly (0, 0) is a receiver without a fix."""
    north, east = number(latitude), number(longitude)
    if north is None or east is None or not (-90 <= north <= 90 and -180 <= east <= 180) or north == east == 0:
        return None
    return north, east


def located(latitude: object, longitude: object, **more: Any) -> Location | None:  # noqa: ANN401
    """Give a location, or None without a position: altitude, speed and bearing mean nothing alone."""
    found = position(latitude, longitude)
    return Location(*found, **more) if found else None


def measured(value: object, circumstances: Circumstances) -> Moment:
    """Understand a time: Unix (s, ms, µs, ns; a number or its text) or ISO 8601, in the owner's zone without offset.

    What no living device would say (before 2010, more than a day ahead, unreadable, nothing) gives
    way to the time of receipt, and is marked so.
    """
    received = Moment(circumstances.received_at, "received")
    try:
        stamp = number(value)
        if stamp is not None:
            time = from_unix(stamp, circumstances.latest)
        elif isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
            local = moment if moment.tzinfo else moment.replace(tzinfo=circumstances.time_zone)
            time = from_datetime(local, circumstances.latest)
        else:
            return received
    except (DeviceTimeError, ValueError, OverflowError):
        return received
    return Moment(time, "measured") if time >= EARLIEST_LIVE else received
