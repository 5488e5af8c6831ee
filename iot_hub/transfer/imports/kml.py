"""KML, and KMZ, which is one in an archive: tracks, and placemarks with a time.

Facts: developers.google.com/kml, KML reference. A ``gx:Track`` lists its times, then its positions ("longitude latitude
altitude"), then other values, each in the same order. A line or an area says where, and not when: no fix.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.properties.groups import EventDetails
from iot_hub.sources.canonical import Location, build_checked_event, build_event, make_location, text
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.transfer.imports.own_event import KEY, own_event
from iot_hub.transfer.imports.record import Ignored, ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.times import moment_of, utc_of
from iot_hub.transfer.imports.xml_stream import BrokenXmlError, Record, records

SOURCE = "kml"

_encode = msgspec.json.Encoder().encode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a file; of a track in which it is cut off, the points that are whole."""
    index = 0
    try:
        for index, (_, placemark) in enumerate(records(stream, ("Placemark",))):
            yield from _placemark(index, placemark, context)
    except BrokenXmlError as error:
        if error.unfinished and (tracks := _tracks(error.unfinished)):
            yield from _points(index + 1, error.unfinished, tracks, context)
        raise


def _placemark(index: int, placemark: Record | str, context: ParseContext) -> Iterator[ImportResult]:
    if not isinstance(placemark, dict):
        yield Ignored("no_reading")
    elif tracks := _tracks(placemark):
        yield from _points(index, placemark, tracks, context)
    elif "TimeSpan" in placemark and (line := _line(placemark)):
        yield from _ends(index, placemark, line, context)
    elif "TimeStamp" in placemark or "TimeSpan" in placemark:
        yield event_of(index, _encode(placemark), _mark, placemark, context)
    else:
        yield Ignored("place_without_time" if "Point" in placemark else "line_without_times")


def _tracks(placemark: Record) -> list[Record]:
    multiple = _all(placemark.get("MultiTrack"))
    found = [track for each in [placemark, *multiple] if isinstance(each, dict) for track in _all(each.get("Track"))]
    return [track for track in found if isinstance(track, dict)]


def _all(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _points(index: int, placemark: Record, tracks: list[Record], context: ParseContext) -> Iterator[ImportResult]:
    name = text(placemark.get("name"))
    for number_of_track, track in enumerate(tracks, 1):
        columns = _columns(track)
        whens, positions = _all(track.get("when")), _all(track.get("coord"))
        for index, (when, position) in enumerate(zip_longest(whens, positions)):
            values = {key: column[index] for key, column in columns.items() if index < len(column)}
            point = {"track": name, "segment": number_of_track, "when": when, "coord": position, **values}
            yield event_of(index, _encode(point), _fix, point, context)


def _columns(track: Record) -> dict[str, list[Any]]:
    """Return the values that a track lists beside its positions, by their names."""
    columns = {"angles": _all(track.get("angles"))} if "angles" in track else {}
    pending = _all(track.get("ExtendedData"))
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            pending += [inner for name in ("SchemaData", "SimpleArrayData") for inner in _all(part.get(name))]
            if "value" in part and "name" in part:
                columns[str(part["name"])] = _all(part["value"])
    return columns


def _fix(point: Record, context: ParseContext) -> Event:
    if KEY in point:
        return own_event(str(point[KEY]), context)
    heading = str(point.get("angles") or "").split()
    location = _location(
        point["coord"],
        bearing=sentinels.bearing(point.get("bearing") or (heading[0] if heading else None)),
        fix_speed_ms=sentinels.speed(point.get("speed")),
        **_accuracies(point),
    )
    if location is None and point["coord"] is None:  # An empty one says that there was no fix.
        raise NotStorableError("position_missing")
    original = _encode({name: value for name, value in point.items() if value is not None})
    return build_checked_event(SOURCE, original, moment_of(point["when"], context), location=location)


def _mark(placemark: Record, context: ParseContext) -> Event:
    if own := _data(placemark).get(KEY):
        return own_event(own, context)
    stamp, span = placemark.get("TimeStamp"), placemark.get("TimeSpan")
    time = _inner(stamp, "when") or _inner(span, "begin") or _inner(span, "end")
    said = EventDetails(type="placemark", name=text(placemark.get("name")), end=utc_of(_inner(span, "end"), context))
    data = _data(placemark)
    location = _location(
        _inner(_point(placemark), "coordinates"),
        bearing=sentinels.bearing(data.get("bearing") or data.get("course")),
        fix_speed_ms=sentinels.speed(data.get("speed")),
        **_accuracies(data),
    )
    return build_checked_event(SOURCE, _encode(placemark), moment_of(time, context), location=location, event=said)


def _line(placemark: Record) -> list[str]:
    """Return the positions of a placemark's line; none where it has no line, or a point besides."""
    return [] if "Point" in placemark else str(_inner(placemark.get("LineString"), "coordinates") or "").split()


def _ends(index: int, placemark: Record, line: list[str], context: ParseContext) -> Iterator[ImportResult]:
    """Read the ends of a line that has a span of time: of what lies between them nobody knows when."""
    about = {name: value for name, value in placemark.items() if name != "LineString"}
    for name, position in (("begin", line[0]), ("end", line[-1])):
        original = _encode({**about, "coordinates": position})
        yield event_of(index, original, _of_span, original, placemark, name, position, context)


def _of_span(original: bytes, placemark: Record, name: str, position: str, context: ParseContext) -> Event:
    said = EventDetails(type="placemark", name=text(placemark.get("name")))
    moment = moment_of(_inner(placemark.get("TimeSpan"), name), context)
    return build_event(SOURCE, original, moment, location=_location(position), event=said)


def _location(coordinates: object, **more: Any) -> Location | None:  # noqa: ANN401
    """Read a position: parts that spaces separate, as in a track, or commas, as in a point.

    Raises NotStorableError for what is neither: of four parts between commas, nobody knows which is which.
    """
    parts = str(coordinates or "").replace(", ", " ").split()
    if len(parts) == 1:
        parts = parts[0].split(",")
    if parts and len(parts) not in (2, 3):
        raise NotStorableError("position_unreadable")
    longitude, latitude, *altitude = parts or (None, None)
    return make_location(latitude, longitude, altitude_m=sentinels.altitude(altitude[0]) if altitude else None, **more)


def _accuracies(values: Record) -> dict[str, float | None]:
    """Read accuracies (m): My Tracks lists one, OpenTracks two."""
    return {
        "fix_accuracy_m": sentinels.accuracy(values.get("accuracy") or values.get("accuracy_horizontal")),
        "fix_vertical_accuracy_m": sentinels.accuracy(values.get("accuracy_vertical")),
    }


def _point(placemark: Record) -> object:
    """Return a placemark's point, which may stand in a geometry of several parts; of two points neither is where."""
    point = placemark.get("Point")
    return _inner(placemark.get("MultiGeometry"), "Point") if point is None else point


def _inner(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _data(placemark: Record) -> dict[str, Any]:
    """Return a placemark's extended data by their names, those of a schema too."""
    extended = placemark.get("ExtendedData")
    of_schema = [value for part in _all(_inner(extended, "SchemaData")) for value in _all(_inner(part, "SimpleData"))]
    data = [each for each in [*_all(_inner(extended, "Data")), *of_schema] if isinstance(each, dict)]
    return {str(each.get("name")): each.get("value", each.get("text")) for each in data}
