"""Tracks as GeoJSON and GPX."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.etree import ElementTree

import psycopg
import pytest
from psycopg.rows import DictRow
from query_api_world import NOON, THAT_DAY, Api, add_device, at, minutes, publish, running_api

from iot_hub.api.query import endpoints as query
from iot_hub.api.query.track_formats import Point, geojson, gpx, prefers_gpx, segments
from iot_hub.settings import Settings

Owner = psycopg.Connection[DictRow]
TRACK = "/v1/devices/1/track"
NAMESPACE = "{http://www.topografix.com/GPX/1/1}"


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running_api(settings) as api:
        yield api


@pytest.fixture
def walk(owner: Owner) -> None:
    """Three fixes, a gap of just 30 minutes, one more, a longer gap, a lone one."""
    add_device(owner, 1, 'Zosi "phone" <1> & Co\x07')
    publish(owner, 1, [(NOON, at((50.06, 19.94)))])
    for when, latitude, altitude in [(1, 50.07, 201.5), (2, 50.08, 202.5), (32, 50.09, 203.5), (62.1, 50.1, 204.5)]:
        publish(owner, 1, [(NOON + minutes(when), at((latitude, 19.94), altitude_m=altitude))])


@pytest.mark.usefixtures("walk")
def test_geojson_cuts_the_line_at_gaps_of_more_than_half_an_hour(api: Api) -> None:
    answer = api.get(TRACK, **THAT_DAY)
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json() == {
        "type": "FeatureCollection", "device_id": 1, "from": THAT_DAY["from"], "to": THAT_DAY["to"],
        "truncated": False, "next_from": None, "count": 5,
        "features": [
            {
                "type": "Feature",
                "geometry": {
                    "type": "LineString",
                    "coordinates": [
                        [19.94, 50.06], [19.94, 50.07, 201.5], [19.94, 50.08, 202.5], [19.94, 50.09, 203.5],
                    ],
                },
                "properties": {
                    "count": 4,
                    "coordTimes": [f"2026-01-31T12:{minute}:00Z" for minute in ("00", "01", "02", "32")],
                },
            },
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [19.94, 50.1, 204.5]},
                "properties": {"count": 1, "coordTimes": ["2026-01-31T13:02:06Z"]},
            },
        ],
    }  # fmt: skip


@pytest.mark.usefixtures("walk")
def test_gpx_holds_one_segment_a_stretch_in_the_order_of_its_schema(api: Api) -> None:
    answer = api.get(TRACK, format="gpx", **THAT_DAY)
    assert answer.headers["content-type"] == "application/gpx+xml"
    assert answer.headers["content-disposition"] == 'attachment; filename="device-1-2026-01-31.gpx"'
    root = ElementTree.fromstring(answer.content)
    assert (root.tag, root.get("version")) == (f"{NAMESPACE}gpx", "1.1")
    assert [child.tag for child in root] == [f"{NAMESPACE}metadata", f"{NAMESPACE}trk"]
    track = root[1]
    assert [child.tag.removeprefix(NAMESPACE) for child in track] == ["name", "trkseg", "trkseg"]
    assert track[0].text == 'Zosi "phone" <1> & Co'
    first, second = track[1][0], track[1][1]
    assert (first.get("lat"), first.get("lon")) == ("50.06", "19.94")
    assert [child.tag.removeprefix(NAMESPACE) for child in first] == ["time"]
    assert [(child.tag.removeprefix(NAMESPACE), child.text) for child in second] == [
        ("ele", "201.5"), ("time", "2026-01-31T12:01:00Z"),
    ]  # fmt: skip


@pytest.mark.usefixtures("walk")
@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/geo+json"),
        ("application/gpx+xml", "application/gpx+xml"),
        ("application/geo+json, application/gpx+xml;q=0.5", "application/geo+json"),
        ("application/geo+json;q=0.5, Application/GPX+XML;q=0.9, */*;q=0.1", "application/gpx+xml"),
    ],
)
def test_the_accept_header_chooses_the_format(api: Api, accept: str, media_type: str) -> None:
    answer = api.get(TRACK, headers={"Accept": accept}, **THAT_DAY)
    assert (answer.headers["content-type"], answer.headers["vary"]) == (media_type, "Accept")


@pytest.mark.usefixtures("walk")
def test_the_format_parameter_goes_before_the_accept_header(api: Api) -> None:
    answer = api.get(TRACK, headers={"Accept": "application/gpx+xml"}, format="geojson", **THAT_DAY)
    assert answer.headers["content-type"] == "application/geo+json"
    assert not prefers_gpx("application/gpx+xml;q=0")


@pytest.mark.usefixtures("walk")
@pytest.mark.parametrize("format", ["geojson", "gpx"])
def test_a_track_that_was_cut_says_where_it_goes_on(api: Api, monkeypatch: pytest.MonkeyPatch, format: str) -> None:
    monkeypatch.setattr(query, "MOST_POINTS", 2)
    answer = api.get(TRACK, format=format, **THAT_DAY)
    times = []
    while True:
        times += times_of(answer.text)
        if "next" not in answer.links:
            break
        answer = api.get(answer.links["next"]["url"])
    assert times == [f"2026-01-31T12:{minute}:00Z" for minute in ("00", "01", "02", "32")] + ["2026-01-31T13:02:06Z"]


@pytest.mark.usefixtures("walk")
def test_geojson_tells_of_its_being_cut_in_the_body(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "MOST_POINTS", 3)
    answer = api.get(TRACK, **THAT_DAY).json()
    assert (answer["truncated"], answer["next_from"], answer["count"]) == (True, "2026-01-31T12:32:00Z", 3)


def times_of(text: str) -> list[str]:
    if text.startswith("<?xml"):
        return [element.text or "" for element in ElementTree.fromstring(text).iter(f"{NAMESPACE}time")]
    return [time for feature in json.loads(text)["features"] for time in feature["properties"]["coordTimes"]]


def test_a_device_without_fixes_has_an_empty_track(owner: Owner, api: Api) -> None:
    add_device(owner, 1)
    assert api.get(TRACK).json()["features"] == []
    assert ElementTree.fromstring(api.get(TRACK, format="gpx").content).find(f".//{NAMESPACE}trkpt") is None


def test_gpx_numbers_have_no_exponent_and_lie_within_the_schema() -> None:
    points = [Point(NOON, 180.0, 1e-7, 1e22), Point(NOON, -0.0000001, -90.0, None)]
    given = [point.attrib for point in ElementTree.fromstring(gpx(points, "x")).iter(f"{NAMESPACE}trkpt")]
    assert [float(point["lon"]) for point in given] == [-180.0, -1e-7]
    assert [float(point["lat"]) for point in given] == [1e-7, -90.0]
    assert "e" not in "".join(value for point in given for value in point.values())


@pytest.mark.parametrize(("gap", "count"), [(minutes(30), 1), (minutes(30) + timedelta(microseconds=1), 2)])
def test_a_stretch_ends_after_more_than_thirty_minutes(gap: timedelta, count: int) -> None:
    assert len(list(segments([point(NOON), point(NOON + gap)]))) == count


def test_no_points_make_no_stretch() -> None:
    assert geojson([], {})["features"] == []


def point(when: datetime) -> Point:
    return Point(when, 0.0, 0.0, None)
