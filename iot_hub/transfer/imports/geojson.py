"""GeoJSON of any program: points with a time, and lines that have one for each of their positions.

Facts: RFC 7946 (longitude comes first); Freika/dawarich, spec/fixtures/files/geojson; placemark/togeojson, README.md
(what is listed for each position of a line). Programs agree on coordinates and on nothing else: of the names that they
use, in whatever case, the first that says something counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.properties.groups import Groups, Motion
from iot_hub.sources.canonical import (
    KMH_MS,
    Battery,
    build_checked_event,
    build_event,
    convert_unit,
    make_location,
    text,
)
from iot_hub.sources.form import first, truth
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, check_properties
from iot_hub.transfer.imports.json_stream import Element, elements
from iot_hub.transfer.imports.lines import lines_of
from iot_hub.transfer.imports.own_event import KEY, OWN_TAG, carried_event
from iot_hub.transfer.imports.record import Ignored, ImportResult, event_of, events_of
from iot_hub.transfer.imports.stream import Stream, head_of
from iot_hub.transfer.imports.tags import tag_of, tags_written
from iot_hub.transfer.imports.times import moment_of, utc_of

SOURCE = "geojson"

TIMES = (
    "timestamp", "time", "datetime", "date_time", "date", "when", "recorded_at", "time_long", "time_ms", "tst",
    "created_at", "reporttime", "fixtime", "start_time", "starttime",
)  # fmt: skip
DEVICES = ("tracker_id", "device_id", "deviceid", "device", "unique_id", "tid")
LINES = ("LineString", "MultiLineString", "MultiPoint")
FEATURES = ("features", "locations", "")
"""Where features stand: in a collection, in a batch of Overland, or in an array."""

_NORTH = ("latitude", "lat")
_EAST = ("longitude", "lon", "lng")
_TAG = rb'"(?i:%b)"\s*+:\s*+' % "|".join(DEVICES).encode()
_SIGNS = [b'"%b"' % name.encode() for name in DEVICES]
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode
# RFC 8142: each may begin with the sign that separates records.
_is_a_feature_a_line = re.compile(rb"\x1e?\{[^\n]*\}\s*\n\x1e?\{").match


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a collection of features, a batch of Overland's, a feature a line, or a single one."""
    if _is_a_feature_a_line(head_of(stream)):
        for index, line in enumerate(lines_of(stream)):
            yield from events_of(index, line, _events_of_line, line.strip(b"\x1e \t\r\n"), context)
        return
    alone: dict[str, Any] = {}
    for index, element in enumerate(elements(stream)):
        if element.name in FEATURES and isinstance(element.value, dict):
            yield from events_of(index, element.original(), _events, element, context)
        elif element.name in FEATURES:
            yield Ignored("no_reading")
        else:
            alone[element.name] = element.value
    if alone.get("type") == "Feature":
        whole = Element("", _encode(alone).decode(), alone)
        yield from events_of(0, whole.original(), _events, whole, context)


def tags_in(stream: Stream, context: ParseContext) -> Iterator[str]:
    """Yield the devices of a hub's own events, or what programs call theirs."""
    is_own = KEY.encode() in head_of(stream)
    yield from tags_written(stream, OWN_TAG) if is_own else tags_written(stream, _TAG, signs=_SIGNS)


def _events_of_line(line: bytes, context: ParseContext) -> Iterator[ImportResult]:
    yield from _events(Element("", line.decode(), _decode(line)), context)


def _events(element: Element, context: ParseContext) -> Iterator[ImportResult]:
    original = element.encoded()
    check_properties(original)
    feature = element.value
    properties = _object(feature.get("properties"))
    geometry = _object(feature.get("geometry"))
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    said = {name.lower(): value for name, value in properties.items()}
    if own := _own(original, properties, context):
        yield own
    elif kind in LINES and isinstance(coordinates, list) and _has_times(properties, coordinates, context):
        about = {name: value for name, value in properties.items() if not isinstance(value, list | dict)}
        yield from _line(about, kind, coordinates, _listed(properties), context)
    elif kind in ("Point", None):
        position = coordinates if kind == "Point" else None
        moment = moment_of(first(said, *TIMES) or first(dict(feature), *TIMES) or _fourth(position, context), context)
        groups = _groups(position, said)
        if kind == "Point" and groups["location"] is None:
            raise NotStorableError("position_missing")
        yield build_checked_event(SOURCE, original, moment, device=_device(said), **groups)
    else:
        yield Ignored("line_without_times")


def _own(original: bytes, properties: Mapping[str, Any], context: ParseContext) -> Event | None:
    """Return the hub's own event of a feature's properties, byte for byte."""
    if "iot_hub_event" not in properties:
        return None
    return carried_event(bytes(_feature(original).properties), context)


class _Feature(msgspec.Struct):
    properties: msgspec.Raw


_feature = msgspec.json.Decoder(_Feature).decode


def _has_times(properties: Mapping[str, Any], coordinates: list[Any], context: ParseContext) -> bool:
    """Return whether a line's positions have times: in a list beside them, or as the fourth value of some of them."""
    if not _listed(properties).keys().isdisjoint(TIMES):
        return True
    pending = coordinates[::-1]
    while pending:
        each = pending.pop()
        if isinstance(each, list) and each and isinstance(each[0], list):
            pending += each[::-1]
        elif _fourth(each, context) is not None:
            return True
    return False


def _fourth(position: object, context: ParseContext) -> object:
    """Return a position's fourth value where it is a time: what else stands there is a measure, such as a distance."""
    said = position[3] if isinstance(position, list) and len(position) > 3 else None
    return said if said is not None and utc_of(said, context) is not None else None


def _listed(properties: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return what a line lists for each of its positions, in the singular: ``coordTimes`` is time, ``speeds`` speed."""
    listed = {**properties, **_object(properties.get("coordinateProperties"))}
    return {
        name.lower().removeprefix("coord").removesuffix("s"): values
        for name, values in listed.items()
        if isinstance(values, list)
    }


def _line(
    about: Mapping[str, Any],
    kind: object,
    coordinates: list[Any],
    listed: Mapping[str, list[Any]],
    context: ParseContext,
) -> Iterator[ImportResult]:
    """Read a line; of several, each has lists of its own. A position without a time spoils no other."""
    device = _device({name.lower(): value for name, value in about.items()})
    for index, position in enumerate(coordinates):
        said = {name: values[index] for name, values in listed.items() if index < len(values)}
        if kind == "MultiLineString":
            own = {name: values for name, values in said.items() if isinstance(values, list)}
            yield from _line(about, "LineString", position if isinstance(position, list) else [], own, context)
        else:
            original = _encode({"properties": about, "coordinates": position, **said})
            yield event_of(index, original, _position, original, position, said, device, context)


def _position(
    original: bytes, position: object, said: dict[str, Any], device: str | None, context: ParseContext
) -> Event:
    moment = moment_of(first(said, *TIMES) or _fourth(position, context), context)
    groups = _groups(position, said)
    if groups["location"] is None:
        raise NotStorableError("position_missing")
    return build_event(SOURCE, original, moment, device=device, **groups)


def _device(said: Mapping[str, Any]) -> str | None:
    return next(filter(None, (tag_of(said.get(name)) for name in DEVICES)), None)


def _groups(position: object, said: dict[str, Any]) -> Groups:
    is_listed = isinstance(position, list) and len(position) >= 2
    coordinates: Any = position if is_listed else (first(said, *_EAST), first(said, *_NORTH))
    longitude, latitude, *altitude = coordinates[:3]
    if not altitude:
        altitude = [first(said, "altitude", "alt", "ele", "elevation", "height")]
    speed = sentinels.speed(first(said, "speed", "velocity", "vel", "speed_ms"))
    if speed is None:
        speed = convert_unit(sentinels.speed(first(said, "speed_kmh", "speed_kph")), KMH_MS)
    return {
        "location": make_location(
            latitude,
            longitude,
            altitude_m=sentinels.altitude(altitude[0], first(said, "vertical_accuracy", "vac")),
            bearing=sentinels.bearing(first(said, "course", "cog", "bearing", "heading", "direction")),
            fix_provider=text(first(said, "provider")),
            fix_speed_ms=speed,
            fix_accuracy_m=sentinels.accuracy(first(said, "accuracy", "acc", "horizontal_accuracy", "precision")),
            fix_vertical_accuracy_m=sentinels.accuracy(first(said, "vertical_accuracy", "vac")),
            satellites=sentinels.satellites(first(said, "satellites", "sat")),
            hdop=sentinels.hdop(first(said, "hdop")),
        ),
        "battery": Battery(
            remaining_percent=_percent(said),
            charging=truth(first(said, "charging", "battery_charging", "ischarging")),
        ),
        "motion": Motion(activity=text(first(said, "activity", "motion"))),
    }


def _percent(said: dict[str, Any]) -> float | None:
    """Read the battery's level: percent, and a share of 1 where it has a fraction or is Overland's."""
    level = sentinels.battery(first(said, "battery", "batt", "bat", "battery_level"), said.get("battery_state"))
    is_share = isinstance(level, float) or "battery_level" in said
    return convert_unit(level, 100) if level is not None and is_share and level <= 1 else level


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
