"""Tracks around the Earth: cut at the antimeridian in every format, and the arc that holds their longitudes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iot_hub.api.query.track_formats import Point, geojson, gpx
from iot_hub.transfer.antimeridian import crosses, cut, smallest_arc
from iot_hub.transfer.exports import gpx as gpx_export
from iot_hub.transfer.exports.record import Fix, Record
from iot_hub.values import wrap_longitude

NOON = datetime(2025, 10, 5, 12, tzinfo=UTC)

longitudes = st.one_of(
    st.floats(-180, 180, exclude_max=True), st.sampled_from([-180.0, -179.999, 179.999, 0.0, -90.0, 90.0])
)
positions = st.tuples(longitudes, st.floats(-90, 90))


def track(*places: tuple[float, float, float | None]) -> list[Point]:
    return [Point(NOON + timedelta(minutes=n), *place) for n, place in enumerate(places)]


def short_way(earlier: float, later: float) -> float:
    return (later - earlier + 180) % 360 - 180


@given(given=st.lists(longitudes, min_size=1, max_size=12))
@example(given=[179.98, -179.98])
@example(given=[-180.0, 0.0])
@example(given=[170.0, -60.0, 60.0])
def test_an_arc_is_the_smallest_that_holds_all(given: list[float]) -> None:
    west, east = smallest_arc(given)
    widths = [max((each - start) % 360 for each in given) for start in given]
    assert east - west == pytest.approx(min(widths))
    assert -180 <= west <= east
    assert all((each - west) % 360 <= east - west + 1e-9 or (west - each) % 360 < 1e-9 for each in given)


@given(line=st.lists(positions, min_size=1, max_size=12))
@example(line=[(179.9, 10.0), (-180.0, 10.0), (179.9, 11.0)])
@example(line=[(-180.0, 10.0), (179.9, 11.0)])
@example(line=[(-180.0, 10.0), (-180.0, 11.0), (179.9, 12.0), (-179.9, 12.0)])
def test_a_cut_line_has_every_position_once_and_never_goes_around_the_world(line: list[tuple[float, float]]) -> None:
    parts = list(cut(line))
    for part in parts:
        assert all(abs(vertex.longitude) <= 180 for vertex in part)
        # Of no two positions is the difference larger than the short way between them.
        assert all(not crosses(a.longitude, b.longitude) for a, b in pairwise(part))
        assert len(part) > 1 or len(line) == 1
    fixes = [vertex for part in parts for vertex in part if vertex.number is not None]
    assert [vertex.number for vertex in fixes] == list(range(len(line)))
    assert [(wrap_longitude(vertex.longitude), vertex.latitude) for vertex in fixes] == [
        (wrap_longitude(x), y) for x, y in line
    ]
    for end, begin in ((before[-1], after[0]) for before, after in pairwise(parts)):
        assert end.longitude == -begin.longitude
        assert abs(end.longitude) == 180
        assert end.latitude == begin.latitude


def test_a_line_is_cut_where_it_crosses() -> None:
    east, west = cut([(179.98, -16.8), (-179.98, -16.4)])
    assert [tuple(vertex) for vertex in east] == [(179.98, -16.8, 0), (180, pytest.approx(-16.6), None)]
    assert [tuple(vertex) for vertex in west] == [(-180, pytest.approx(-16.6), None), (-179.98, -16.4, 1)]


def test_geojson_of_a_track_over_the_antimeridian_is_a_line_of_two_parts() -> None:
    points = track((179.98, -16.8, 5.0), (179.999, -16.8, None), (-179.999, -16.8, 6.0), (-179.98, -16.8, None))
    [feature] = geojson(points, {})["features"]
    assert feature["geometry"] == {
        "type": "MultiLineString",
        "coordinates": [
            [(179.98, -16.8, 5.0), (179.999, -16.8), (180.0, -16.8)],
            [(-180.0, -16.8), (-179.999, -16.8, 6.0), (-179.98, -16.8)],
        ],
    }
    times = [point.time for point in points]
    assert feature["properties"] == {"count": 4, "coordTimes": [[*times[:2], None], [None, *times[2:]]]}


def test_geojson_of_a_track_that_touches_the_antimeridian_is_one_line() -> None:
    points = track((179.9, 10, None), (-180.0, 10, None), (179.9, 11, None))
    [feature] = geojson(points, {})["features"]
    assert feature["geometry"]["coordinates"] == [(179.9, 10), (180.0, 10), (179.9, 11)]
    assert feature["properties"]["coordTimes"] == [point.time for point in points]


def segments(document: str) -> list[list[str | None]]:
    root = ElementTree.fromstring(document)
    return [[point.get("lon") for point in segment] for segment in root.iter() if segment.tag.endswith("trkseg")]


def test_gpx_of_a_track_over_the_antimeridian_has_two_segments_and_no_point_of_its_own() -> None:
    points = track((179.98, -16.8, None), (179.999, -16.8, None), (-179.999, -16.8, None))
    assert segments(gpx(points, "ship")) == [["179.98", "179.999"], ["-179.999"]]
    records = [Record(point.time, fix=Fix(point.time, point.latitude, point.longitude)) for point in points]
    assert segments(b"".join(gpx_export.write(records, "ship")).decode()) == [["179.98", "179.999"], ["-179.999"]]
