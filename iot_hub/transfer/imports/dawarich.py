"""Dawarich's exports of points: an array, an object a line (its newer archive), or users' trackers with their points.

Facts: Freika/dawarich, app/services/users/export_data/points.rb and app/serializers/points. Times are Unix seconds, a
speed is m/s and text; under a user and a tracker stand OwnTracks' own names, and its units.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.properties.groups import Network
from iot_hub.sources import owntracks
from iot_hub.sources.canonical import Battery, build_checked_event, make_location, text
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import check_properties
from iot_hub.transfer.imports.json_records import Record, records
from iot_hub.transfer.imports.json_stream import Element, elements
from iot_hub.transfer.imports.lines import lines_of
from iot_hub.transfer.imports.owntracks import dated
from iot_hub.transfer.imports.record import Ignored, ImportResult, events_of
from iot_hub.transfer.imports.stream import Stream, head_of
from iot_hub.transfer.imports.tags import tag_of, tags_written
from iot_hub.transfer.imports.times import moment_of

SOURCE = "dawarich"

_NO_TRACKERS = frozenset({"", "points", "dawarich-export"})
_decode = msgspec.json.Decoder(Record).decode
_lonlat = re.compile(r"\s*(?:SRID=\d+;)?POINT\s*\(\s*(\S+)\s+(\S+)\s*\)", re.IGNORECASE).match
_BATTERY_STATES = {"u": "unplugged", "c": "charging", "f": "full"}


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read an export of any of the three forms."""
    head = head_of(stream)
    if _is_of_trackers(head):
        for index, element in enumerate(elements(stream, depth=2)):
            yield from events_of(index, element.original(), _of_tracker, element, context)
        return
    if not _begins_with_a_point(head):
        yield from records(stream, context, None, _points, depth=2)
        return
    for index, line in enumerate(lines_of(stream)):
        yield from events_of(index, line, _line, line.strip(), context)


def tags_in(stream: Stream, context: ParseContext) -> Iterator[str]:
    """Yield the ids of trackers. Under a user they may be the names of arrays: then it is read."""
    if not _is_of_trackers(head_of(stream)):
        yield from tags_written(stream, rb'"tracker_id"\s*+:\s*+')
        return
    for item in read(stream, context):
        if isinstance(item, Event) and item.device is not None:
            yield str(item.device)


def _is_of_trackers(head: bytes) -> bool:
    """Return whether points stand under their trackers, with OwnTracks' names; what an app sent may have them, too."""
    return b'"tst"' in head and b'"timestamp"' not in head


def _begins_with_a_point(head: bytes) -> bool:
    """Return whether the first line is a point: an array or a user's trackers may stand in one line, too."""
    line = head.removeprefix(codecs.BOM_UTF8).lstrip().partition(b"\n")[0]
    try:
        return "timestamp" in _decode(line)
    except (RecursionError, ValueError):
        return False


def _of_tracker(element: Element, context: ParseContext) -> Iterator[ImportResult]:
    """Read a point that stands under its tracker, whose name counts where the point has none."""
    if not isinstance(element.value, dict):
        yield Ignored("no_reading")
        return
    original = element.encoded()
    check_properties(original)
    tracker = None if element.name in _NO_TRACKERS else tag_of(element.name)
    for item in _points(element.value, original, context):
        is_nameless = isinstance(item, Event) and item.device is None
        yield msgspec.structs.replace(item, device=tracker) if is_nameless else item


def _line(line: bytes, context: ParseContext) -> list[ImportResult]:
    return _points(check_properties(line), line, context)


def _points(record: Record, original: bytes, context: ParseContext) -> list[ImportResult]:
    if record.get("_type") == "location":
        return dated(owntracks.parse(original, context), record.get("tid"))
    if "tst" in record:
        return [_as_owntracks(record, original, context)]
    if "timestamp" in record and ("latitude" in record or "lonlat" in record):
        return [_point(record, original, context)]
    return [Ignored("no_reading")]


def _point(point: Record, original: bytes, context: ParseContext) -> Event:
    longitude, latitude = point.get("longitude"), point.get("latitude")
    if latitude is None and (found := _lonlat(str(point.get("lonlat")))):
        longitude, latitude = found.groups()
    location = make_location(
        latitude,
        longitude,
        altitude_m=sentinels.altitude(point.get("altitude")),
        bearing=sentinels.bearing(point.get("course")),
        fix_speed_ms=sentinels.speed(point.get("velocity")),
        fix_accuracy_m=sentinels.accuracy(point.get("accuracy")),
        fix_vertical_accuracy_m=sentinels.accuracy(point.get("vertical_accuracy")),
        fix_bearing_accuracy=sentinels.accuracy(point.get("course_accuracy")),
    )
    battery = Battery(
        remaining_percent=sentinels.battery(point.get("battery")), state=text(point.get("battery_status"))
    )
    network = Network(ssid=text(point.get("ssid")), bssid=text(point.get("bssid")))
    return build_checked_event(
        SOURCE,
        original,
        moment_of(point.get("timestamp"), context),
        device=tag_of(point.get("tracker_id")),
        location=location,
        battery=battery,
        network=network,
    )


def _as_owntracks(point: Record, original: bytes, context: ParseContext) -> Event:
    """Read a point under OwnTracks' names. Its speed is km/h or m/s, whatever it came from: no figure."""
    location = make_location(
        point.get("lat"),
        point.get("lon"),
        altitude_m=sentinels.altitude(point.get("alt")),
        fix_accuracy_m=sentinels.accuracy(point.get("acc")),
        fix_vertical_accuracy_m=sentinels.accuracy(point.get("vac")),
    )
    battery = Battery(
        remaining_percent=sentinels.battery(point.get("batt")), state=_BATTERY_STATES.get(str(point.get("bs")))
    )
    network = Network(ssid=text(point.get("SSID")), bssid=text(point.get("BSSID")))
    return build_checked_event(
        SOURCE,
        original,
        moment_of(point.get("tst"), context),
        device=tag_of(point.get("tid")),
        location=location,
        battery=battery,
        network=network,
    )
