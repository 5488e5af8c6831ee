"""Places in files of other programs."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.places.place import Place
from iot_hub.transfer.imports.record import BrokenFileError
from iot_hub.transfer.places.read import parse

KML = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>Cabin</name>
<Point><coordinates>20.5,49.5,812</coordinates></Point></Placemark><Placemark><name>Way</name><LineString>
<coordinates>1,2 3,4</coordinates></LineString></Placemark></Document></kml>"""


def test_waypoints_of_gpx() -> None:
    found = parse(
        b'<?xml version="1.0"?><gpx version="1.1"><wpt lat="50.1" lon="19.9"><name>Mum &amp; dad</name><type>family</type></wpt>'
        b'<wpt lat="50.2" lon="19.8"><name>Lake</name><sym>Fishing</sym></wpt><wpt lat="50.2" lon="19.8"/>'
        b'<trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>'
    )
    assert found.places == [Place("Mum & dad", 50.1, 19.9, "family"), Place("Lake", 50.2, 19.8)]
    assert found.without_position == 1


def test_placemarks_of_kml_that_are_points() -> None:
    assert parse(KML.encode()).places == [Place("Cabin", 49.5, 20.5)]


def test_kml_in_an_archive() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("doc.kml", KML)
    assert parse(packed.getvalue()).places == [Place("Cabin", 49.5, 20.5)]


def test_saved_places_of_google_as_exported_today() -> None:
    found = parse(json.dumps({"type": "FeatureCollection", "features": [
        {"geometry": {"coordinates": [19.94, 50.06], "type": "Point"}, "type": "Feature", "properties": {
            "date": "2024-01-02T03:04:05Z", "google_maps_url": "http://maps.google.com/?cid=1",
            "location": {"address": "Rynek 1", "country_code": "PL", "name": "Café"}}},
        {"geometry": {"coordinates": [0, 0], "type": "Point"}, "type": "Feature", "properties": {
            "date": "2024-01-02T03:04:05Z", "google_maps_url": "http://maps.google.com/?cid=2", "Comment": "No location"}},
    ]}).encode())  # fmt: skip
    assert found.places == [Place("Café", 50.06, 19.94)]
    assert found.without_position == 1


def test_saved_places_of_google_as_exported_until_2023() -> None:
    found = parse(json.dumps({"type": "FeatureCollection", "features": [
        {"geometry": {"coordinates": [19.94, 50.06], "type": "Point"}, "type": "Feature", "properties": {
            "Google Maps URL": "http://maps.google.com/?cid=1", "Published": "2019-01-02T03:04:05Z", "Title": "Kawiarnia",
            "Location": {"Address": "Rynek 1", "Business Name": "Café",
                         "Geo Coordinates": {"Latitude": "50.06", "Longitude": "19.94"}}}},
    ]}).encode())  # fmt: skip
    assert found.places == [Place("Café", 50.06, 19.94)]


def test_labelled_places_of_google_have_their_kind() -> None:
    found = parse(json.dumps({"type": "FeatureCollection", "features": [
        {"geometry": {"coordinates": [21.0, 52.0], "type": "Point"}, "type": "Feature",
         "properties": {"address": "Street 1", "name": "Home"}},
    ]}).encode())  # fmt: skip
    assert found.places == [Place("Home", 52.0, 21.0, "home")]


def test_a_list_of_google_has_positions_only_of_dropped_pins() -> None:
    found = parse(
        b"Title,Note,URL,Tags,Comment\n"
        b'Bench,"quiet, green","https://www.google.com/maps/search/50.0601,19.9402",,\n'
        b"Tower,,https://www.google.com/maps/place/Tower/data=!4m2!3d48.858!4d2.294,,\n"
        b"Shop,,https://www.google.com/maps/place/Shop/data=!4m2!3m1!1s0x47165b:0x1,,\n"
    )
    assert found.places == [Place("Bench", 50.0601, 19.9402), Place("Tower", 48.858, 2.294)]
    assert found.without_position == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b'{"features": 3}',
        b'{"features": [7]}',
        b"{",
        b"PK nothing",
        b"<gpx><wpt></gpx>",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_list_of_places_is_refused_by_a_code(data: bytes) -> None:
    with pytest.raises(BrokenFileError):
        parse(data)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: b'{"features": [' + text.encode() + b"]}"))
def test_whatever_a_file_holds_it_is_read_or_refused(data: bytes) -> None:
    try:
        parse(data)
    except BrokenFileError:
        pass
