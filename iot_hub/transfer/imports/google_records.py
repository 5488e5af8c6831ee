"""``Records.json``: every position that Google ever noted, and the later ``Timeline Edits.json``.

Degrees are ten-millionths (E7). Exports of 2019 wrote negative ones as unsigned 32-bit numbers. An accuracy of 18,000 m
is a mobile cell's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.properties.groups import Groups, Motion
from iot_hub.sources.canonical import (
    Battery,
    Location,
    build_checked_event,
    convert_unit,
    make_location,
    number,
    text,
)
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, check_properties
from iot_hub.transfer.imports.json_stream import Element
from iot_hub.transfer.imports.record import Ignored, ImportResult
from iot_hub.transfer.imports.tags import tag_of
from iot_hub.transfer.imports.times import moment_of

SOURCE = "google"

_UNSIGNED = 2**32 - 1_800_000_000
_CHARGING = {True: Battery(charging=True), False: Battery(charging=False)}


# How other programs call a position: the name of the array alone does not make a record Google's.
_FOREIGN = frozenset({"lat", "lon", "lng", "latitude", "longitude"})


def degrees(value: object) -> object:
    """Read degrees times ten million; what can't be read is returned as it is."""
    degrees_e7 = number(value)
    if degrees_e7 is None:
        return value
    return (degrees_e7 - 2**32 if _UNSIGNED <= degrees_e7 < 2**32 else degrees_e7) / 1e7


def events(element: Element, context: ParseContext) -> Iterator[Event]:
    """Read one position: an event, also where it holds no coordinates.

    Raises NotStorableError for another program's record.
    """
    record = element.value
    if not _FOREIGN.isdisjoint(record) and "latitudeE7" not in record:
        raise NotStorableError("foreign_record")
    original = element.encoded()
    check_properties(original)
    moment = moment_of(record.get("timestamp") or record.get("timestampMs"), context)
    charging = record.get("batteryCharging")
    more: Groups = {"location": _location(record)}
    if isinstance(charging, bool):
        more["battery"] = _CHARGING[charging]
    if "activity" in record:
        more["motion"] = Motion(activity=likeliest(_latest(record["activity"], "activity")))
    elif "activitys" in record:  # Until 2017 it had this name.
        more["motion"] = Motion(activity=likeliest(_latest(record["activitys"], "activities")))
    yield build_checked_event(SOURCE, original, moment, device=tag_of(record.get("deviceTag")), **more)


def likeliest(guesses: object, kind: str = "type", share: str = "confidence") -> str | None:
    """Return what somebody most likely did, of Google's guesses, which have their names for what and for how likely."""
    try:
        return text(max(guesses, key=lambda guess: number(guess.get(share)) or 0).get(kind))  # type: ignore[call-overload]
    except (AttributeError, TypeError, ValueError):
        return None


def _latest(reports: object, guesses: str) -> object:
    """Return the guesses of the last of some reports, which are in the order of their times."""
    try:
        return reports[-1][guesses]  # type: ignore[index]
    except (IndexError, KeyError, TypeError):
        return None


def _location(record: Mapping[str, Any]) -> Location | None:
    return make_location(
        degrees(record.get("latitudeE7")),
        degrees(record.get("longitudeE7")),
        altitude_m=sentinels.altitude(record.get("altitude"), record.get("verticalAccuracy")),
        bearing=sentinels.bearing(record.get("heading")),
        fix_provider=text(record.get("source")),
        fix_speed_ms=sentinels.speed(record.get("velocity")),
        fix_accuracy_m=sentinels.accuracy(record.get("accuracy")),
        fix_vertical_accuracy_m=sentinels.accuracy(record.get("verticalAccuracy")),
    )


def edited_events(element: Element, context: ParseContext) -> Iterator[ImportResult]:
    """Read one signal of a file of edits, of which the later format of Android has the like.

    Places and segments that Google worked out of the signals are no readings.
    """
    original = element.encoded()
    check_properties(original)
    signal = _at(element.value, "rawSignal", "signal")
    if not signal:
        yield Ignored("no_reading")
        return
    position, activity, scan = (_at(signal, name) for name in ("position", "activityRecord", "wifiScan"))
    time = position.get("timestamp") or activity.get("timestamp") or scan.get("deliveryTime")
    point = _at(position, "point")
    yield build_checked_event(
        SOURCE,
        original,
        moment_of(time, context),
        device=tag_of(element.value.get("deviceId")),
        motion=Motion(activity=likeliest(activity.get("detectedActivities"), "activityType", "probability")),
        location=make_location(
            degrees(point.get("latE7")),
            degrees(point.get("lngE7")),
            altitude_m=sentinels.altitude(position.get("altitudeMeters")),
            fix_provider=text(position.get("source")),
            fix_speed_ms=sentinels.speed(position.get("speedMetersPerSecond")),
            fix_accuracy_m=convert_unit(sentinels.accuracy(position.get("accuracyMm")), 0.001),
        ),
    )


def _at(value: object, *path: str) -> Mapping[str, Any]:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}
