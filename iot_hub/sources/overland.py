"""Overland (iOS, Android), and what speaks its language: GeoJSON features, many a body.

Facts: aaronpk/Overland-iOS, README.md and GLManager.m; OpenHumans/Overland_android, App.js. -1 is
unknown; a battery's level is 0 to 1, and percent in GPSLogger's sender. ``current`` is sent again in a
later batch; a trip's positions repeat points of the batch and are no fixes of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event, ParseResult, Rejected
from iot_hub.properties.groups import EventDetails, Network
from iot_hub.sources.batch_time import date_by_batch
from iot_hub.sources.bounds import Payload, bounded
from iot_hub.sources.canonical import (
    Battery,
    Location,
    Motion,
    build_event,
    convert_unit,
    make_location,
    not_negative,
    number,
    parse_time,
    text,
)
from iot_hub.sources.lenient import bounded_values, decode_item, members_of
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, events_of, reason_of

APPLE_EPOCH = 978_307_200
"""2001-01-01: where the app counts from when it is set to write OwnTracks' format."""


class _Batch(msgspec.Struct):
    locations: list[msgspec.Raw] = []
    current: msgspec.Raw = msgspec.Raw()
    trip: msgspec.Raw = msgspec.Raw()
    kind: str | None = msgspec.field(default=None, name="_type")


_batch = msgspec.json.Decoder(_Batch).decode


def parse(body: bytes, context: ParseContext) -> list[ParseResult]:
    """Read a batch; a bad feature spoils no other."""
    try:
        batch, rest = _read_batch(body, context)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return [Rejected(0, body, reason_of(error))]
    if batch.kind is not None:
        return events_of(body, 0, lambda payload: [_as_owntracks(payload, context)])
    parts = [*bounded(batch.locations, context), *([batch.current] if _is_there(batch.current) else [])]
    items: list[ParseResult] = []
    for index, part in enumerate(parts):
        try:
            items.append(_feature(part, context))
        except (RecursionError, ValueError) as error:
            items.append(Rejected(index, bytes(part), reason_of(error)))
    if _is_there(batch.trip):
        items += events_of(batch.trip, len(parts), lambda trip: [_trip(trip, context)])
    if rest:
        items.append(Rejected(len(parts), rest, "not_json"))
    return date_by_batch(items, context)


def _read_batch(body: bytes, context: ParseContext) -> tuple[_Batch, bytes]:
    """Read a batch as far as it can be read; return it with what follows it. Raises what decoding raises."""
    try:
        return _batch(body), b""
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, RecursionError):
        members = members_of(body.strip())
        if not members.texts.keys() & {"locations", "_type"}:
            raise
        raw = {name: msgspec.Raw(text) for name, text in members.texts.items()}
        batch = _Batch(
            [msgspec.Raw(value) for value in bounded_values(members.texts.get("locations", b""), context)],
            raw.get("current", msgspec.Raw()),
            raw.get("trip", msgspec.Raw()),
            members.text("_type"),
        )
        return batch, members.rest


def _is_there(part: msgspec.Raw) -> bool:
    return bytes(part) not in (b"", b"null")


def _feature(payload: Payload, context: ParseContext) -> Event:
    feature, payload = decode_item(payload)
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        raise NotStorableError("properties_missing")
    is_trip = properties.get("type") == "trip"
    # Most batches are of two hundred: what a feature does not report costs nothing.
    ssid = _network(properties.get("wifi"))
    return build_event(
        "overland",
        payload,
        parse_time(properties.get("timestamp") or properties.get("end"), context),
        device=_device(properties),
        # A trip's geometry repeats the last fix, without its accuracy.
        location=None if is_trip else _location(feature.get("geometry"), properties),
        battery=_battery(properties),
        motion=_motion(properties),
        network=Network(ssid=ssid) if ssid else None,
        event=_happened(properties, is_trip=is_trip) if is_trip or "action" in properties else None,
    )


def _battery(properties: Mapping[str, Any]) -> Battery:
    state = properties.get("battery_state")
    return Battery(
        remaining_percent=_percent(properties.get("battery_level"), state),
        state=state if isinstance(state, str) and state not in ("", "unknown") else None,
        charging=state if isinstance(state, bool) else None,
    )


def _motion(properties: Mapping[str, Any]) -> Motion:
    return Motion(
        activity=_texts(properties.get("motion")) or text(properties.get("mode")),
        steps=not_negative(properties["steps"]) if "steps" in properties else None,
        distance_m=not_negative(properties["distance"]) if "distance" in properties else None,
    )


def _happened(properties: Mapping[str, Any], *, is_trip: bool) -> EventDetails:
    return EventDetails(
        type="trip" if is_trip else text(properties.get("action")),
        arrival_date=text(properties.get("arrival_date")),
        departure_date=text(properties.get("departure_date")),
    )


def _trip(payload: Payload, context: ParseContext) -> Event:
    trip, payload = decode_item(payload)
    now = trip.get("current_location")
    properties = now.get("properties") if isinstance(now, dict) else None
    said = properties if isinstance(properties, dict) else {}
    return build_event(
        "overland",
        payload,
        parse_time(said.get("timestamp") or trip.get("start"), context),
        device=_device(said),
        event=EventDetails(
            type="trip",
            mode=text(trip.get("mode")),
            start=text(trip.get("start")),
            distance_m=not_negative(trip.get("distance")),
        ),
    )


def _as_owntracks(payload: Payload, context: ParseContext) -> Event:
    message, payload = decode_item(payload)
    seconds = number(message.get("tst"))
    topic = (text(message.get("topic")) or "").strip("/").split("/")
    return build_event(
        "overland",
        payload,
        parse_time(None if seconds is None else seconds + APPLE_EPOCH, context),
        device="/".join(topic[1:3]) if len(topic) >= 3 else None,
        location=make_location(
            message.get("lat"), message.get("lon"), fix_accuracy_m=sentinels.accuracy(message.get("acc"))
        ),
        battery=Battery(remaining_percent=_percent(message.get("batt"))),
    )


def _location(geometry: object, properties: Mapping[str, Any]) -> Location | None:
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else geometry
    if not coordinates:
        return None
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        raise NotStorableError("position_unreadable")
    return make_location(
        coordinates[1],
        coordinates[0],
        altitude_m=sentinels.altitude(properties.get("altitude"), properties.get("vertical_accuracy")),
        bearing=sentinels.bearing(properties.get("course")),
        fix_speed_ms=sentinels.speed(properties.get("speed")),
        fix_accuracy_m=sentinels.accuracy(properties.get("horizontal_accuracy")),
        fix_vertical_accuracy_m=sentinels.accuracy(properties.get("vertical_accuracy")),
        fix_speed_accuracy_ms=not_negative(properties["speed_accuracy"]) if "speed_accuracy" in properties else None,
        fix_bearing_accuracy=not_negative(properties["course_accuracy"]) if "course_accuracy" in properties else None,
    )


def _percent(level: object, state: object = None) -> float | None:
    share = sentinels.battery(level, state)
    return share if share is None or share > 1 else convert_unit(share, 100)


def _texts(value: object) -> list[str] | None:
    return [each for each in value if isinstance(each, str)] or None if isinstance(value, list) else None


def _network(name: object) -> str | None:
    return None if name == "unknown" else text(name)


def _device(properties: Mapping[str, Any]) -> str | None:
    return text(properties.get("device_id")) or text(properties.get("unique_id"))
