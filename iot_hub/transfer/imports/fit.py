"""FIT: what watches, bike computers and Strava's archive hold of an activity.

Facts: developer.garmin.com/fit, profile of the messages file_id, record, session and monitoring. Positions are
semicircles (2³¹ to 180°), times are seconds since 1989-12-31 UTC, altitudes are fifths of a metre from -500 m. A course
is a route that somebody planned. Distances and steps count from the activity's start.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.properties.groups import Climate, EventDetails, Groups
from iot_hub.sources.canonical import (
    Battery,
    Body,
    Location,
    Motion,
    Timestamp,
    build_checked_event,
    make_location,
)
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.timestamps import Microseconds, from_unix, isoformat
from iot_hub.transfer.imports.fit_messages import messages
from iot_hub.transfer.imports.record import UNREADABLE, Ignored, ImportResult, rejected
from iot_hub.transfer.imports.stream import Stream

SOURCE = "fit"

EPOCH = 631_065_600
"""FIT's times count from 1989-12-31T00:00:00Z."""

DEGREES = 180 / 2**31

_FILE_ID, _SESSION, _RECORD, _MONITORING = 0, 18, 20, 55
_COURSE, _SEGMENT = 6, 34
_PLANS = (_COURSE, _SEGMENT)

PROFILE: Mapping[int, Mapping[int, str]] = {
    _FILE_ID: {0: "type", 1: "manufacturer", 2: "product", 4: "time_created"},
    _SESSION: {
        2: "start_time", 5: "sport", 6: "sub_sport", 7: "total_elapsed_time", 8: "total_timer_time",
        9: "total_distance", 11: "total_calories", 14: "avg_speed", 16: "avg_heart_rate", 17: "max_heart_rate",
        22: "total_ascent", 23: "total_descent",
    },
    _RECORD: {
        0: "position_lat", 1: "position_long", 2: "altitude", 3: "heart_rate", 4: "cadence", 5: "distance",
        6: "speed", 7: "power", 9: "grade", 13: "temperature", 29: "accumulated_power", 31: "gps_accuracy",
        32: "vertical_speed", 33: "calories", 53: "fractional_cadence", 73: "enhanced_speed",
        78: "enhanced_altitude", 81: "battery_soc",
    },
    _MONITORING: {3: "cycles", 5: "activity_type", 26: "timestamp_16", 27: "heart_rate"},
}  # fmt: skip

_SPORTS = {
    1: "running", 2: "cycling", 5: "swimming", 11: "walking", 12: "cross_country_skiing", 13: "alpine_skiing",
    14: "snowboarding", 15: "rowing", 16: "mountaineering", 17: "hiking", 19: "paddling", 20: "flying",
    21: "e_biking", 22: "motorcycling", 23: "boating", 24: "driving",
}  # fmt: skip

Fields = dict[str, Any]

_encode = msgspec.json.Encoder().encode


_NO_READING = Ignored("no_reading")
_PLANNED = Ignored("planned_route")


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read the records and sessions of a file, and heart rates of all-day monitoring."""
    is_plan = False
    last = 0
    for index, (number, fields) in enumerate(messages(stream, PROFILE)):
        last = fields.get("timestamp", last)
        if number == _FILE_ID:
            is_plan = fields.get("type") in _PLANS
        if number not in _READERS or (number == _MONITORING and "heart_rate" not in fields):
            yield _NO_READING
        elif is_plan:
            yield _PLANNED
        else:
            try:
                yield _READERS[number](fields, last, context)
            except UNREADABLE as error:
                yield rejected(index, _encode(fields), error)


def _record(fields: Fields, _: int, context: ParseContext) -> Event:
    said = fields.get
    distance, temperature, charge = said("distance"), said("temperature"), said("battery_soc")
    groups: Groups = {
        "location": _location(fields),
        "body": Body(heart_rate_bpm=said("heart_rate") or None, cadence_rpm=said("cadence"), power_W=said("power")),
    }
    if distance is not None:
        groups["motion"] = Motion(distance_m=distance / 100)
    if temperature is not None:
        groups["climate"] = Climate(temperature_C=temperature)
    if charge is not None:
        groups["battery"] = Battery(remaining_percent=charge / 2)
    moment = Timestamp(_time(said("timestamp"), context), "measured")
    return build_checked_event(SOURCE, _encode(fields), moment, **groups)


def _location(fields: Fields) -> Location | None:
    latitude, longitude = fields.get("position_lat"), fields.get("position_long")
    if latitude is None or longitude is None:
        return None
    altitude = fields.get("enhanced_altitude", fields.get("altitude"))
    speed = fields.get("enhanced_speed", fields.get("speed"))
    return make_location(
        round(latitude * DEGREES, 7),
        round(longitude * DEGREES, 7),
        altitude_m=None if altitude is None else round(altitude / 5 - 500, 1),
        fix_speed_ms=None if speed is None else speed / 1000,
        fix_accuracy_m=sentinels.accuracy(fields.get("gps_accuracy")),
    )


def _session(fields: Fields, _: int, context: ParseContext) -> Event:
    """Read what the device summed up of an activity, at the time when it began."""
    distance, elapsed = fields.get("total_distance"), fields.get("total_elapsed_time")
    start = _time(fields.get("start_time"), context)
    about = EventDetails(
        type="workout",
        name=_SPORTS.get(fields.get("sport", 0)),
        distance_m=None if distance is None else distance / 100,
        end=None if elapsed is None else isoformat(start + elapsed * 1_000),
    )
    return build_checked_event(SOURCE, _encode(fields), Timestamp(start, "measured"), event=about)


def _monitoring(fields: Fields, last: int, context: ParseContext) -> Event:
    """Read a heart rate of all-day monitoring, which says the last 16 bits of its time alone."""
    low = fields.get("timestamp_16")
    time = last if low is None else last + (low - last & 0xFFFF)
    moment = Timestamp(_time(time or None, context), "measured")
    return build_checked_event(SOURCE, _encode(fields), moment, body=Body(heart_rate_bpm=fields["heart_rate"] or None))


def _time(seconds: int | None, context: ParseContext) -> Microseconds:
    if seconds is None:
        raise NotStorableError("time_missing")
    return from_unix(seconds + EPOCH, context.latest)


_READERS = {_RECORD: _record, _SESSION: _session, _MONITORING: _monitoring}
