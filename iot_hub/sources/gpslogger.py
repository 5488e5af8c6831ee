"""GPSLogger for Android, "custom URL": the user names the fields, the app fills in the values.

Facts: mendhak/gpslogger, CustomUrlManager.java. ``spd`` is m/s, ``spd_kph`` km/h; an accuracy of 0.0 is
none; values are URL-encoded even inside a JSON body; no Content-Type is sent.
"""

from __future__ import annotations

from iot_hub import sentinels
from iot_hub.event import Event, ParseResult
from iot_hub.properties.groups import EventDetails, Motion
from iot_hub.sources.batch_time import date_by_batch
from iot_hub.sources.bounds import Payload
from iot_hub.sources.canonical import (
    KMH_MS,
    Battery,
    Location,
    build_event,
    convert_unit,
    make_location,
    not_negative,
    parse_time,
    text,
)
from iot_hub.sources.form import Fields, fields_of, first, messages_of, require_meaning, stamp, truth
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import events_of


def parse(body: bytes, context: ParseContext) -> list[ParseResult]:
    """Read a query, a form, a JSON object or an array of such objects; or a query with one of these beside it."""
    items = [
        item
        for index, part in enumerate(messages_of(body, context))
        for item in events_of(part, index, lambda payload: [_event(payload, context)])
    ]
    return date_by_batch(items, context)


def _event(payload: Payload, context: ParseContext) -> Event:
    form = fields_of(payload, is_template=True)
    fields = form.fields
    time = stamp(fields, "time", "timestamp", "ts", "timeoffset", "timeoff", "timestamp_ms", "datetime", "epoch")
    note = text(first(fields, "desc", "annotation"))
    event = build_event(
        "gpslogger",
        form.text,
        parse_time(time, context),
        device=text(first(fields, "aid", "androidId", "ser", "serial", "id", "device")),
        location=_location(fields),
        battery=Battery(
            remaining_percent=sentinels.battery(first(fields, "batt", "battery", "bat")),
            charging=truth(first(fields, "ischarging", "charging", "battery_charging")),
        ),
        motion=Motion(
            distance_m=not_negative(first(fields, "dist", "distance")),
            activity=text(first(fields, "act", "activity")),
        ),
        event=EventDetails(type="annotation" if note else None, text=note),
    )
    return require_meaning(event)


def _location(fields: Fields) -> Location | None:
    speed = sentinels.speed(first(fields, "spd", "s", "speed"))
    if speed is None:
        speed = convert_unit(sentinels.speed(first(fields, "spd_kph", "speed_kph")), KMH_MS)
    return make_location(
        first(fields, "lat", "latitude"),
        first(fields, "lon", "longitude", "lng"),
        altitude_m=sentinels.altitude(first(fields, "alt", "altitude", "ele", "elevation")),
        bearing=sentinels.bearing(first(fields, "dir", "bearing", "course", "direction")),
        fix_provider=text(first(fields, "prov", "provider")),
        fix_speed_ms=speed,
        fix_accuracy_m=sentinels.accuracy(first(fields, "acc", "accuracy")),
        satellites=sentinels.satellites(first(fields, "sat", "satellites")),
        hdop=sentinels.hdop(first(fields, "hdop")),
    )
