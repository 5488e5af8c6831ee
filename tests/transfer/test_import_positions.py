"""A position that can't be read is a rejection in every reader, and never an event without one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from imports import events, read, read_parts, reasons
from paths import FIXTURES

AT = "2024-06-15T10:30:00Z"
FIELD = FIXTURES / "field"


def gpx(latitude: str, longitude: str) -> str:
    return f'<gpx><trk><trkseg><trkpt lat="{latitude}" lon="{longitude}"><time>{AT}</time></trkpt></trkseg></trk></gpx>'


def track(latitude: str, longitude: str) -> str:
    return f"<kml><Placemark><Track><when>{AT}</when><coord>{longitude} {latitude} 5</coord></Track></Placemark></kml>"


def placemark(latitude: str, longitude: str) -> str:
    point = f"<Point><coordinates>{longitude},{latitude},5</coordinates></Point>"
    return f"<kml><Placemark><TimeStamp><when>{AT}</when></TimeStamp>{point}</Placemark></kml>"


def feature(latitude: str, longitude: str) -> str:
    point = {"type": "Point", "coordinates": [longitude, latitude]}
    return json.dumps({"type": "Feature", "geometry": point, "properties": {"time": AT}})


def line(latitude: str, longitude: str) -> str:
    where = {"type": "LineString", "coordinates": [[longitude, latitude]]}
    return json.dumps({"type": "Feature", "geometry": where, "properties": {"coordTimes": [AT]}})


def named(latitude: str, longitude: str) -> str:
    return json.dumps(
        {"type": "Feature", "geometry": None, "properties": {"time": AT, "lat": latitude, "lon": longitude}}
    )


def table(latitude: str, longitude: str) -> str:
    return f'time;lat;lon\n{AT};"{latitude}";"{longitude}"\n'


def record(latitude: str, longitude: str) -> str:
    return json.dumps({"locations": [{"timestamp": AT, "latitudeE7": latitude, "longitudeE7": longitude}]})


def visit(latitude: str, longitude: str) -> str:
    place = {"latitudeE7": latitude, "longitudeE7": longitude}
    return json.dumps({"timelineObjects": [{"placeVisit": {"location": place, "duration": {"startTimestamp": AT}}}]})


def path(latitude: str, longitude: str) -> str:
    point = {"point": f"{latitude}°, {longitude}°", "time": AT}
    return json.dumps({"semanticSegments": [{"startTime": AT, "endTime": AT, "timelinePath": [point]}]})


def signal(latitude: str, longitude: str) -> str:
    return json.dumps({"rawSignals": [{"position": {"LatLng": f"{latitude}°, {longitude}°", "timestamp": AT}}]})


def recorder(latitude: str, longitude: str) -> str:
    return f"{AT}\t*\t" + json.dumps({"_type": "location", "tst": 1718447400, "lat": latitude, "lon": longitude})


def sensors(latitude: str, longitude: str) -> str:
    values = {"sensor": "Location", "time": "1718447400000000000", "latitude": latitude, "longitude": longitude}
    return json.dumps([values])


READERS = {
    gpx: "gpx", track: "kml", placemark: "kml", feature: "geojson", line: "geojson", named: "geojson", table: "csv",
    record: "google-timeline", visit: "google-timeline", path: "google-timeline", signal: "google-timeline",
    recorder: "owntracks", sensors: "sensorlogger",
}  # fmt: skip
TEN_MILLIONTHS = (record, visit)


@pytest.mark.parametrize("write", READERS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("where", [("here", "there"), ("95", "21"), ("52", "700"), ("52", "?")])
def test_a_position_that_is_none_is_rejected_with_its_reason(write: Any, where: tuple[str, str]) -> None:
    if write in TEN_MILLIONTHS:
        where = (f"{where[0]}0000000", f"{where[1]}0000000")
    items = read(READERS[write], write(*where))
    assert (events(items), len(items)) == ([], 1)
    assert reasons(items)[0] in ("position_unreadable", "position_missing")


@pytest.mark.parametrize(
    "write",
    [each for each in READERS if each not in (*TEN_MILLIONTHS, placemark, path, signal)],
    ids=lambda each: each.__name__,
)
def test_a_decimal_comma_is_read_where_it_can_be_nothing_else(write: Any) -> None:
    [event] = events(read(READERS[write], write("52,497", "21,001")))
    location = json.loads(event.properties)["location"]
    assert (location["latitude"], location["longitude"]) == (52.497, 21.001)


def test_a_point_of_kml_with_decimal_commas_is_no_other_place() -> None:
    items = read("kml", placemark("52,497", "21,001"))
    assert reasons(items) == ["position_unreadable"]


@pytest.mark.parametrize("sign", ["°", "Â°", "\ufffd", "", " ", "º"])
def test_the_degree_sign_may_have_been_through_a_wrong_encoding(sign: str) -> None:
    [event] = events(read("google-timeline", path("52.5", "21.5").replace("\\u00b0", sign)))
    assert json.loads(event.properties)["location"] == {"latitude": 52.5, "longitude": 21.5}


def test_the_side_of_a_degree_may_stand_in_a_column_of_its_own() -> None:
    [event] = events(read("csv", f"time,latitude,N/S,longitude,E/W\n{AT},33.5,S,70.5,W\n"))
    assert json.loads(event.properties)["location"] == {"latitude": -33.5, "longitude": -70.5}


def test_a_point_without_a_position_is_none_but_a_reading_may_have_none() -> None:
    assert reasons(read("gpx", f"<gpx><trk><trkpt><time>{AT}</time></trkpt></trk></gpx>")) == ["position_missing"]
    assert reasons(read("kml", f"<kml><Placemark><Track><when>{AT}</when></Track></Placemark></kml>")) == [
        "position_missing"
    ]
    assert len(events(read("csv", f"time,lat,lon,battery\n{AT},,,50\n"))) == 1
    assert (
        len(events(read("google-timeline", json.dumps({"locations": [{"timestamp": AT, "batteryCharging": True}]}))))
        == 1
    )


def test_the_ends_of_a_line_with_a_span_of_time_are_fixes() -> None:
    span = f"<TimeSpan><begin>{AT}</begin><end>2024-06-15T11:00:00Z</end></TimeSpan>"
    content = f"<kml><Placemark><name>Walk</name>{span}<LineString><coordinates>21,52,5 21.5,52.5,6 22,53,7</coordinates></LineString></Placemark></kml>"
    found = [json.loads(event.properties)["location"] for event in events(read("kml", content))]
    assert [(each["latitude"], each["longitude"]) for each in found] == [(52, 21), (53, 22)]


def test_positions_over_the_antimeridian_are_read() -> None:
    found = [*read_parts(FIELD / "23-antimeridian" / "over.gpx"), *read_parts(FIELD / "23-antimeridian" / "track.kml")]
    longitudes = [
        json.loads(event.properties)["location"]["longitude"] for part in found for event in events(part.items)
    ]
    assert longitudes == [179.903526, -179.95387, -179.94613, 179.98, 179.999, -179.999, -179.98]


def test_the_fourth_value_of_a_position_is_its_time_where_it_can_be_one() -> None:
    [part] = read_parts(FIELD / "24-geojson-4th-coordinate" / "line.geojson")
    found = [json.loads(event.properties)["location"] for event in events(part.items)]
    assert [(each["latitude"], each["altitude_m"]) for each in found] == [
        (52.54, 100.5),
        (52.541, 101.5),
        (52.542, 102.5),
        (52.543, 103.5),
    ]
    assert reasons(part.items) == ["time_missing"]


@pytest.mark.parametrize("time", [1718447400, 1718447400000, AT, "1718447400"])
def test_a_fourth_value_may_be_seconds_milliseconds_or_text(time: object) -> None:
    lines = {"type": "MultiLineString", "coordinates": [[[21, 52, None, time], [21, 52, 1]], [[22, 53, 5, time]]]}
    items = read("geojson", json.dumps({"type": "Feature", "geometry": lines, "properties": {}}))
    assert [event.device_time for event in events(items)] == [1718447400_000000] * 2
    assert reasons(items) == ["time_missing"]


def test_a_fourth_value_that_is_no_time_makes_no_fix() -> None:
    where = {"type": "LineString", "coordinates": [[21, 52, 100, 12.5], [21, 52, 100, 25]]}
    items = read("geojson", json.dumps({"type": "Feature", "geometry": where, "properties": {"time": AT}}))
    assert reasons(items) == ["line_without_times"]


def test_a_track_of_kml_that_is_cut_off_gives_the_points_that_are_whole() -> None:
    whens = "".join(f"<when>2024-06-15T10:{n:02}:00Z</when>" for n in range(6))
    coords = "".join(f"<gx:coord>21.{n} 52.{n} 9</gx:coord>" for n in range(6))
    whole = f"<kml><Document><Placemark><gx:MultiTrack><gx:Track>{whens}{coords}</gx:Track></gx:MultiTrack></Placemark></Document></kml>"
    items = read("kml", whole[: whole.index("21.4") + 6])
    assert [json.loads(event.properties)["location"]["latitude"] for event in events(items)] == [52, 52.1, 52.2, 52.3]
    assert reasons(items) == ["position_missing", "position_missing", "not_xml"]


@pytest.mark.parametrize(
    "name", ["A & B", "A&B;C", "&unknown;", "a&nbsp;&eacute;", "\x02<![CDATA[a & b &nbsp;]]>", "&#38; &amp;"]
)
@pytest.mark.parametrize("format", ["gpx", "kml"])
def test_a_name_that_xml_would_not_have_spoils_no_file(name: str, format: str) -> None:
    import html

    point = f'<trkpt lat="52" lon="21"><time>{AT}</time><name>{name}</name></trkpt>'
    mark = f"<Placemark><TimeStamp><when>{AT}</when></TimeStamp><name>{name}</name></Placemark>"
    content = (
        f"<gpx><trk><name>{name}</name><trkseg>{point * 2}</trkseg></trk></gpx>"
        if format == "gpx"
        else f"<kml>{mark * 2}</kml>"
    )
    found = events(read(format, content))
    plain = "a & b &nbsp;" if "CDATA" in name else html.unescape(name)
    assert [json.loads(event.properties)[format]["name"] for event in found] == [plain] * 2
