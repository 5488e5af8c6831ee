"""GeoJSON of any program: points with a time, and lines that have one for each of their positions.

Facts: RFC 7946 (longitude comes first); Freika/dawarich, spec/fixtures/files/geojson. Programs agree on coordinates
and on nothing else: of the names that they use, the first that says something counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from iot_hub.event import Event
from iot_hub.importing.json_stream import Element, elements
from iot_hub.importing.own_event import carried_event
from iot_hub.importing.record import Ignored, Item, events_of
from iot_hub.importing.stream import Stream
from iot_hub.importing.times import moment_of
from iot_hub.sources.canonical import (
    KMH_MS,
    Battery,
    checked_event,
    event,
    located,
    not_negative,
    number,
    positive,
    scaled,
    text,
)
from iot_hub.sources.circumstances import Circumstances
from iot_hub.sources.form import first, truth
from iot_hub.sources.storable import check_properties

SOURCE = "geojson"

TIMES = (
    "timestamp", "time", "datetime", "date_time", "date", "when", "recorded_at", "time_long", "time_ms", "tst",
    "created_at", "reportTime", "start_time", "startTime",
)  # fmt: skip
_encode = msgspec.json.Encoder().encode


def read(stream: Stream, circumstances: Circumstances) -> Iterator[Item]:
    """Read a collection of features, or a single one."""
    alone: dict[str, Any] = {}
    for index, element in enumerate(elements(stream)):
        if element.name in ("features", "") and isinstance(element.value, dict):
            yield from events_of(index, element.original(), _events, element, circumstances)
        elif element.name in ("features", ""):
            yield Ignored("no_reading")
        else:
            alone[element.name] = element.value
    if alone.get("type") == "Feature":
        whole = Element("", _encode(alone).decode(), alone)
        yield from events_of(0, whole.original(), _events, whole, circumstances)


def _events(element: Element, circumstances: Circumstances) -> Iterator[Item]:
    original = element.encoded()
    check_properties(original)
    feature = element.value
    properties = _object(feature.get("properties"))
    geometry = _object(feature.get("geometry"))
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    times = properties.get("coordTimes") or _object(properties.get("coordinateProperties")).get("times")
    if own := _own(original, properties, circumstances):
        yield own
    elif isinstance(times, list) and isinstance(coordinates, list):
        yield from _line(feature, kind, coordinates, times, circumstances)
    elif kind in ("Point", None) or first(dict(properties), *TIMES) is not None:
        place = coordinates if kind == "Point" else None
        moment = moment_of(first(dict(properties), *TIMES) or first(dict(feature), *TIMES), circumstances)
        yield checked_event(SOURCE, original, moment, **_groups(place, properties))
    else:
        yield Ignored("line_without_times")


def _own(original: bytes, properties: Mapping[str, Any], circumstances: Circumstances) -> Event | None:
    """Take the hub's own event out of a feature's properties, byte for byte."""
    if "iot_hub_event" not in properties:
        return None
    return carried_event(bytes(_feature(original).properties), circumstances)


class _Feature(msgspec.Struct):
    properties: msgspec.Raw


_feature = msgspec.json.Decoder(_Feature).decode


def _line(
    feature: Mapping[str, Any], kind: object, coordinates: list[Any], times: list[Any], circumstances: Circumstances
) -> Iterator[Event]:
    """Read a line that has a time for each position; of several lines, each has a list of its own."""
    if kind == "MultiLineString":
        for places, moments in zip(coordinates, times, strict=False):
            yield from _line(feature, "LineString", places, moments, circumstances)
        return
    about = {
        name: value for name, value in _object(feature.get("properties")).items() if not isinstance(value, list | dict)
    }
    for place, time in zip(coordinates, times, strict=False):
        original = _encode({"properties": about, "coordinates": place, "time": time})
        yield event(SOURCE, original, moment_of(time, circumstances), **_groups(place, {}))


def _groups(place: object, properties: Mapping[str, Any]) -> dict[str, Any]:
    said = dict(properties)
    longitude, latitude, *altitude = place if isinstance(place, list) and len(place) >= 2 else (None, None)
    if not altitude:
        altitude = [first(said, "altitude", "alt", "ele", "elevation")]
    speed = not_negative(first(said, "speed", "velocity", "vel", "speed_ms"))
    if speed is None:
        speed = scaled(not_negative(first(said, "speed_kmh", "speed_kph")), KMH_MS)
    return {
        "location": located(
            latitude,
            longitude,
            altitude_m=number(altitude[0]),
            bearing=not_negative(first(said, "course", "cog", "bearing", "heading", "direction")),
            fix_provider=text(first(said, "provider")),
            fix_speed_ms=speed,
            fix_accuracy_m=positive(first(said, "accuracy", "acc", "horizontal_accuracy", "precision")),
            fix_vertical_accuracy_m=positive(first(said, "vertical_accuracy", "vac")),
            satellites=not_negative(first(said, "satellites", "sat")),
            hdop=positive(first(said, "hdop")),
        ),
        "battery": Battery(
            remaining_percent=_percent(said),
            charging=truth(first(said, "charging", "battery_charging", "ischarging")),
        ),
        "motion": {"activity": text(first(said, "activity"))},
    }


def _percent(said: dict[str, Any]) -> float | None:
    """Read the battery's level: percent, and a share of 1 where it has a fraction, as Overland writes it."""
    level = not_negative(first(said, "battery", "batt", "bat", "battery_level"))
    return scaled(level, 100) if isinstance(level, float) and level <= 1 else level


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
