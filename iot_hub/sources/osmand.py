"""Traccar's client and OsmAnd's "online tracking": fields in a query or a form, or the client's newer JSON.

Facts: traccar/traccar, OsmAndProtocolDecoder.java; traccar/traccar-client; osmandapp/OsmAnd,
LiveMonitoringHelper. Traccar's client counts speed in knots, and always names its device; OsmAnd's
app, which names none, means m/s, and by ``hdop`` the accuracy in metres. In JSON speed is m/s.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event, ParseResult, Rejected
from iot_hub.properties.groups import EventDetails, Motion, Vehicle
from iot_hub.sources.batch_time import date_by_batch
from iot_hub.sources.bounds import Payload, bounded
from iot_hub.sources.canonical import (
    KNOT_MS,
    Battery,
    Location,
    build_event,
    convert_unit,
    make_location,
    not_negative,
    parse_time,
    text,
)
from iot_hub.sources.event_time import separate_fix
from iot_hub.sources.form import Fields, Form, fields_of, first, messages_of, require_meaning, stamp, truth
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.salvage import salvaged
from iot_hub.sources.storable import NotStorableError, events_of, reason_of

MOST_SHARED = 4_096
"""Bytes that a batch's locations may share: each event repeats them. Real ones name the device."""

_encode = msgspec.json.Encoder().encode


def parse(body: bytes, context: ParseContext) -> list[ParseResult]:
    """Read a query, a form, a JSON object or an array of such objects; or a query with one of these beside it."""
    items = [
        item for index, part in enumerate(messages_of(body, context)) for item in _parse_message(part, index, context)
    ]
    return date_by_batch(items, context)


def _parse_message(payload: Payload, index: int, context: ParseContext) -> list[ParseResult]:
    broken: list[bytes] = []
    try:
        messages = _split(payload, context)
    except (RecursionError, ValueError) as error:  # What msgspec raises is a ValueError too.
        found = salvaged(bytes(payload), "location", context)
        if found is None:
            return [Rejected(index, bytes(payload), reason_of(error))]
        text, broken = found
        messages = _split(text, context)
    events = [item for text, form in messages for item in events_of(text, index, partial(_events, form, context))]
    return [*events, *(Rejected(index, part, "not_json") for part in broken)]


def _split(payload: Payload, context: ParseContext) -> list[tuple[Payload, Form]]:
    """Split a message into one for each of its locations: what the client gathered, where its library sends batches."""
    form = fields_of(payload)
    locations = form.fields.get("location")
    if not isinstance(locations, list) or not locations or isinstance(locations[0], str):
        return [(payload, form)]
    shared = {name: value for name, value in form.fields.items() if name != "location"}
    if len(_encode(shared)) > MOST_SHARED:
        raise NotStorableError("too_large")
    single = ({**form.fields, "location": each} for each in bounded(locations, context))
    return [(text, Form(fields, text)) for fields in single for text in (_encode(fields),)]


def _events(form: Form, context: ParseContext, _: Payload) -> list[Event]:
    location = form.fields.get("location")
    if isinstance(location, dict) and "lat" not in form.fields:
        return [_of_json(form.text, form.fields, location, context)]
    return [_of_fields(form.fields, context)]


def _of_fields(fields: Fields, context: ParseContext) -> Event:
    alarm = text(first(fields, "alarm"))
    event = build_event(
        "osmand",
        _encode(fields),
        parse_time(stamp(fields, "timestamp", "time"), context),
        device=_device(fields),
        location=_location(fields),
        battery=Battery(
            remaining_percent=sentinels.battery(first(fields, "batt", "battery")),
            charging=truth(first(fields, "charge")),
        ),
        motion=Motion(activity=text(first(fields, "activity"))),
        vehicle=Vehicle(
            ignition=truth(first(fields, "ignition")),
            engine_rpm=sentinels.engine_speed(first(fields, "rpm")),
            fuel_percent=sentinels.fuel(first(fields, "fuel")),
        ),
        event=EventDetails(type="alarm" if alarm else None, name=alarm),
    )
    return require_meaning(event)


def _device(fields: Fields) -> str | None:
    named = first(fields, "id", "deviceid", "device_id")
    return None if named is None else str(named)


def _location(fields: Fields) -> Location | None:
    latitude, longitude = first(fields, "lat"), first(fields, "lon")
    if latitude is None and isinstance(both := first(fields, "location"), str):
        latitude, _, longitude = both.partition(",")
    if truth(first(fields, "valid")) is False:
        return None
    is_osmand = _device(fields) is None
    in_metres = is_osmand or str(first(fields, "speed_unit")).lower() in ("ms", "m/s", "mps")
    hdop = first(fields, "hdop")
    return make_location(
        latitude,
        longitude,
        altitude_m=sentinels.altitude(first(fields, "altitude")),
        bearing=sentinels.bearing(first(fields, "bearing", "heading")),
        fix_speed_ms=convert_unit(sentinels.speed(first(fields, "speed")), 1 if in_metres else KNOT_MS),
        fix_accuracy_m=sentinels.accuracy(first(fields, "accuracy") or (hdop if is_osmand else None)),
        hdop=None if is_osmand else sentinels.hdop(hdop),
        mock=truth(first(fields, "mock")),
    )


def _of_json(payload: Payload, message: Fields, said: Fields, context: ParseContext) -> Event:
    battery, activity = _object(said.get("battery")), said.get("activity")
    alarm = text(said.get("alarm")) or text(_object(said.get("extras")).get("alarm"))
    moment = parse_time(said.get("timestamp"), context, message=said.get("recorded_at"))
    location = _coordinates(_object(said.get("coords")), mock=truth(said.get("mock")))
    # Milliseconds since the fix, when the record was made: those of a heartbeat repeat one fix for hours.
    age = not_negative(said.get("age"))
    if location and age is not None:
        moment, location.fix_timestamp = separate_fix(moment, moment.time + round(age * 1_000), context)
    return build_event(
        "osmand",
        payload,
        moment,
        device=_device(message),
        location=location,
        battery=Battery(
            remaining_percent=sentinels.battery_share(battery.get("level")),
            charging=truth(battery.get("is_charging")),
        ),
        motion=Motion(
            activity=text(activity.get("type") if isinstance(activity, dict) else activity),
            is_moving=truth(said.get("is_moving")),
            odometer_m=not_negative(said.get("odometer")),
        ),
        event=EventDetails(type="alarm" if alarm else text(said.get("event")), name=alarm),
    )


def _coordinates(coordinates: Mapping[str, Any], *, mock: bool | None) -> Location | None:
    return make_location(
        coordinates.get("latitude"),
        coordinates.get("longitude"),
        altitude_m=sentinels.altitude(coordinates.get("altitude"), coordinates.get("altitude_accuracy")),
        bearing=sentinels.bearing(coordinates.get("heading")),
        fix_speed_ms=sentinels.speed(coordinates.get("speed")),
        fix_accuracy_m=sentinels.accuracy(coordinates.get("accuracy")),
        fix_speed_accuracy_ms=not_negative(coordinates.get("speed_accuracy")),
        fix_bearing_accuracy=not_negative(coordinates.get("heading_accuracy")),
        mock=mock,
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
