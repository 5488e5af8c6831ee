"""The hub's own words for what every source reports, whatever the app calls it and in whatever unit.

An event of a source holds groups of canonical properties (``location``, ``battery``, ``motion`` …, as the catalogue
of properties has them; names end in their units) and, under the source's own name, the message as it came. What a
payload does not report is absent: never 0, never null.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Unpack, cast

import msgspec

from iot_hub.event import Event, TimeSource
from iot_hub.properties.groups import STRUCTS, Battery, Body, Groups, Location, Motion
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
    "Location",
    "Motion",
    "NamedGroups",
    "Timestamp",
    "build_checked_event",
    "build_event",
    "build_named_event",
    "convert_unit",
    "make_location",
    "not_negative",
    "number",
    "parse_time",
    "position",
    "positive",
    "text",
    "typed_groups",
]

KNOT_MS = 1852 / 3600
KMH_MS = 1 / 3.6

_encode = msgspec.json.Encoder().encode

NamedGroups = Mapping[str, msgspec.Struct | Mapping[str, object] | None]
"""Groups that no type-checker has seen: their owner has named them."""


def build_event(
    source: str, original: Payload, moment: Timestamp, *, device: int | str | None = None, **groups: Unpack[Groups]
) -> Event:
    """Build an event of a message that was decoded. Groups without a value are left out; a value that is None too.

    Raises NotStorableError, or what decoding raises, where the message can't be stored.
    """
    message = bytes(original)
    check_decoded(message)
    return _serialize(source, message, moment, device, cast(NamedGroups, groups))


def build_checked_event(
    source: str, message: bytes, moment: Timestamp, *, device: int | str | None = None, **groups: Unpack[Groups]
) -> Event:
    """Build an event of a message that is known to be storable."""
    return _serialize(source, message, moment, device, cast(NamedGroups, groups))


def build_named_event(
    source: str, original: Payload, moment: Timestamp, groups: NamedGroups, *, device: int | str | None = None
) -> Event:
    """Build an event as build_event() does, with groups that its owner has named, as the columns of a table."""
    message = bytes(original)
    check_decoded(message)
    return _serialize(source, message, moment, device, groups)


def _serialize(source: str, message: bytes, moment: Timestamp, device: int | str | None, groups: NamedGroups) -> Event:
    parts = [b"{" if moment.source == "measured" else _marked(moment.source)]
    for name, group in groups.items():
        if group is not None:
            text = _encode(group)
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


def typed_groups(groups: Mapping[str, Mapping[str, object]]) -> Groups:
    """Return groups whose names stand in a source's table as their types.

    Raises KeyError or TypeError for a name that is not in the catalogue: the table is wrong.
    """
    return cast(Groups, {name: STRUCTS[name](**values) for name, values in groups.items() if values})


def make_location(latitude: object, longitude: object, **more: Any) -> Location | None:  # noqa: ANN401
    """Return a location, or None without a position: altitude, speed and bearing mean nothing alone.

    Raises NotStorableError for a position that can't be read: stored without it, the reading would be lost unseen.
    """
    found = position(latitude, longitude)
    if found is None:
        if is_position_given(latitude, longitude):
            raise NotStorableError("position_unreadable")
        return None
    more["latitude"], more["longitude"] = found
    return Location(**more)
