"""What readers make of files that are not as tidy as the fixtures: each trap of a format, once."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from imports import events, read, reasons

from iot_hub.errors import UserError
from iot_hub.event import Event, Rejected
from iot_hub.timestamps import isoformat
from iot_hub.transfer.imports.recognition import recognised
from iot_hub.transfer.imports.record import Ignored

AT = "2024-06-15T10:30:00Z"


def properties(event: Event) -> Any:
    return json.loads(event.properties)


def location(event: Event) -> Any:
    return properties(event).get("location")


def test_degrees_of_2019_that_were_written_unsigned_are_in_the_south_and_west() -> None:
    record = {"latitudeE7": 2**32 - 105000000, "longitudeE7": 2**32 - 202500000, "timestampMs": "1555855200000"}
    [event] = events(read("google-timeline", json.dumps({"locations": [record]})))
    assert (location(event)["latitude"], location(event)["longitude"]) == (-10.5, -20.25)
    assert isoformat(event.device_time) == "2019-04-21T14:00:00Z"


def test_a_record_without_coordinates_is_an_event_without_a_location_and_one_without_a_time_is_none() -> None:
    file = {"locations": [{"timestamp": AT, "batteryCharging": False}, {"latitudeE7": 1, "longitudeE7": 2}]}
    items = read("google-timeline", json.dumps(file))
    assert location(events(items)[0]) is None
    assert reasons(items) == ["time_missing"]


@pytest.mark.parametrize(
    "text", ["2025-03-24 20:07:24 +0100", "2025-03-24 19:07:24 UTC", "1742843244", "1742843244000"]
)
def test_times_are_understood_however_google_wrote_them(text: str) -> None:
    visit = {"location": {"latitudeE7": 522300000, "longitudeE7": 210100000}, "duration": {"startTimestamp": text}}
    [event] = events(read("google-timeline", json.dumps({"timelineObjects": [{"placeVisit": visit}]})))
    assert isoformat(event.device_time) == "2025-03-24T19:07:24Z"


def test_a_journey_without_places_keeps_its_times() -> None:
    journey = {"startLocation": {}, "duration": {"startTimestamp": AT, "endTimestamp": "2024-06-15T11:00:00Z"}}
    begun, ended = events(read("google-timeline", json.dumps({"timelineObjects": [{"activitySegment": journey}]})))
    assert (location(begun), location(ended)) == (None, None)
    assert (ended.device_time - begun.device_time) == 1_800_000_000


def test_only_the_first_point_of_a_path_may_lack_its_minutes_and_a_bad_one_spoils_no_other() -> None:
    point = {"point": "geo:52.23,21.01"}
    path = {
        "startTime": AT,
        "endTime": "2024-06-15T10:40:00Z",
        "timelinePath": [point, point, {**point, "durationMinutesOffsetFromStartTime": "2"}],
    }
    items = read("google-timeline", json.dumps([path, {**path, "timelinePath": []}]))
    assert [isoformat(event.device_time) for event in events(items)] == [AT, "2024-06-15T10:32:00Z"]
    assert reasons(items) == ["time_missing", "no_reading"]


def test_a_bad_point_of_a_journey_spoils_neither_the_others_nor_its_end() -> None:
    points = [{"timestamp": "soon"}, {"latE7": 522300000, "lngE7": 210100000, "timestamp": AT}]
    journey = {"duration": {"startTimestamp": AT, "endTimestamp": AT}, "simplifiedRawPath": {"points": points}}
    items = read("google-timeline", json.dumps({"timelineObjects": [{"activitySegment": journey}]}))
    assert [location(event) is None for event in events(items)] == [True, False, True]
    assert reasons(items) == ["time_unreadable"]


def test_activities_are_understood_under_the_name_that_they_had_until_2017() -> None:
    guesses = [{"type": "still", "confidence": 20}, {"type": "onFoot", "confidence": 80}]
    record = {"timestampMs": "1408910152294", "activitys": [{"timestampMs": "1", "activities": guesses}]}
    [event] = events(read("google-timeline", json.dumps({"locations": [record]})))
    assert properties(event)["motion"] == {"activity": "onFoot"}


def test_what_follows_the_end_of_a_file_of_json_is_told() -> None:
    file = json.dumps({"locations": [{"timestamp": AT}]})
    items = read("google-timeline", f"{file}\n{file}\n")
    assert len(events(items)) == 1
    assert reasons(items) == ["not_json"]


@pytest.mark.parametrize("separator", ["", "\x1e"])
def test_a_file_may_hold_a_feature_of_geojson_a_line(separator: str) -> None:
    feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [21, 52]}, "properties": {"time": AT}}
    items = read("geojson", "".join(f"{separator}{line}\n" for line in (json.dumps(feature), "{", json.dumps(feature))))
    assert [location(event) for event in events(items)] == [{"latitude": 52, "longitude": 21}] * 2
    assert reasons(items) == ["not_json"]


def test_a_signal_in_a_file_of_edits_is_a_position_and_what_was_worked_out_of_signals_is_none() -> None:
    position = {"point": {"latE7": 522300000, "lngE7": 210100000}, "accuracyMm": 13000, "timestamp": AT}
    edits = [{"deviceId": "7", "rawSignal": {"signal": {"position": position}}}, {"placeAggregates": {}}]
    items = read("google-timeline", json.dumps({"timelineEdits": edits}))
    assert [location(event) for event in events(items)] == [
        {"latitude": 52.23, "longitude": 21.01, "fix_accuracy_m": 13}
    ]
    assert reasons(items) == ["no_reading"]


def test_a_byte_order_mark_is_no_part_of_a_file() -> None:
    file = b"\xef\xbb\xbf" + json.dumps({"locations": [{"timestamp": AT}]}).encode()
    assert len(events(read("google-timeline", file))) == 1


def test_a_file_that_is_cut_off_gives_what_was_whole_and_says_so() -> None:
    whole = json.dumps(
        {"locations": [{"timestamp": AT, "latitudeE7": 522300000, "longitudeE7": n} for n in range(1, 9)]}
    )
    items = read("google-timeline", whole[: len(whole) // 2])
    assert len(events(items)) == 3
    assert reasons(items) == ["not_json"]


def gpx(points: str, head: str = "") -> str:
    return f'<?xml version="1.0"?>{head}<gpx xmlns="http://www.topografix.com/GPX/1/0"><trk><name>T</name><trkseg>{points}</trkseg></trk></gpx>'


@pytest.mark.parametrize("format", ["gpx", "kml"])
def test_an_empty_line_before_the_declaration_of_xml_spoils_no_file(format: str) -> None:
    mark = f"<kml><Placemark><TimeStamp><when>{AT}</when></TimeStamp></Placemark></kml>"
    file = (
        gpx(f'<trkpt lat="52" lon="21"><time>{AT}</time></trkpt>')
        if format == "gpx"
        else f'<?xml version="1.0"?>{mark}'
    )
    assert recognised(f"\n{file}".encode()) == format
    assert len(events(read(format, f"\n {file}"))) == 1


def test_a_point_of_gpx_tells_its_speed_and_course_where_its_version_puts_them() -> None:
    old = f'<trkpt lat="52" lon="21"><time>{AT}</time><course>90</course><speed>2.5</speed></trkpt>'
    new = f'<trkpt lat="52" lon="21"><time>{AT}</time><extensions><a:TrackPointExtension><a:speed>2.5</a:speed><a:course>90</a:course></a:TrackPointExtension></extensions></trkpt>'
    told = [location(event) for event in events(read("gpx", gpx(old + new)))]
    assert [(each["fix_speed_ms"], each["bearing"]) for each in told] == [(2.5, 90)] * 2


def test_a_point_of_gpx_without_a_time_is_rejected_and_places_and_routes_are_no_fixes() -> None:
    items = read(
        "gpx",
        gpx('<trkpt lat="52" lon="21"/>').replace(
            "<trk>", '<wpt lat="1" lon="2"/><rte><rtept lat="1" lon="2"/></rte><trk>'
        ),
    )
    assert events(items) == []
    assert reasons(items) == ["place_without_time", "planned_route", "time_missing"]


def test_a_waypoint_with_a_time_is_where_somebody_marked_a_place() -> None:
    [event] = events(read("gpx", f'<gpx><wpt lat="52" lon="21"><time>{AT}</time><name>Hut</name></wpt></gpx>'))
    assert location(event) is None
    assert properties(event)["event"] == {"type": "waypoint", "name": "Hut"}


def test_segments_of_a_track_stay_apart() -> None:
    point = f'<trkpt lat="52" lon="21"><time>{AT}</time></trkpt>'
    found = events(read("gpx", gpx(f"{point}</trkseg><trkseg>{point}")))
    assert [properties(event)["gpx"]["segment"] for event in found] == [1, 2]


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a SYSTEM "http://127.0.0.1:1/x.dtd"> %a;',
    ],
)
def test_a_file_that_declares_entities_is_refused(declared: str) -> None:
    items = read(
        "gpx",
        gpx(f'<trkpt lat="52" lon="21"><time>{AT}</time><desc>&a;</desc></trkpt>', f"<!DOCTYPE gpx [{declared}]>"),
    )
    assert events(items) == []
    assert reasons(items) == ["entity_declared"]


def test_longitude_comes_first_in_geojson_and_lines_may_have_a_time_for_each_position() -> None:
    line = {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[21, 52, 90], [21.1, 52.1]]},
            "properties": {"coordTimes": [AT, "2024-06-15T10:31:00Z"]}}  # fmt: skip
    found = events(read("geojson", json.dumps({"type": "FeatureCollection", "features": [line]})))
    assert [location(event) for event in found] == [
        {"latitude": 52, "longitude": 21, "altitude_m": 90}, {"latitude": 52.1, "longitude": 21.1},
    ]  # fmt: skip


def test_a_position_of_a_line_without_a_time_spoils_no_other_and_a_line_may_lack_all() -> None:
    line = {"type": "LineString", "coordinates": [[21, 52], [21, 53], [21, 54], [21, 55]]}
    lines = {"type": "MultiLineString", "coordinates": [[[22, 52]], [[22, 53]], 5]}
    features = [
        {"type": "Feature", "geometry": line, "properties": {"coordTimes": [AT, None, AT]}},
        {"type": "Feature", "geometry": lines, "properties": {"coordTimes": [[AT], None]}},
    ]
    items = read("geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    assert [location(event)["latitude"] for event in events(items)] == [52, 54, 52]
    assert reasons(items) == ["time_missing"] * 3


def test_names_of_properties_are_known_in_any_case_and_stand_in_for_a_geometry() -> None:
    feature = {"type": "Feature", "geometry": None,
               "properties": {"Time": AT, "LATITUDE": "52.23", "Longitude": 21.01, "Height": 90, "Speed": 2}}  # fmt: skip
    [event] = events(read("geojson", json.dumps({"type": "FeatureCollection", "features": [feature]})))
    assert location(event) == {"latitude": 52.23, "longitude": 21.01, "altitude_m": 90, "fix_speed_ms": 2}


def test_a_line_of_geojson_without_times_and_a_feature_without_anything_are_no_fixes() -> None:
    line = {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[21, 52]]}, "properties": {}}
    nothing = {"type": "Feature", "geometry": None, "properties": {}}
    items = read("geojson", json.dumps({"type": "FeatureCollection", "features": [line, nothing]}))
    assert reasons(items) == ["line_without_times", "time_missing"]


def test_a_single_feature_is_a_file_too() -> None:
    feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": ["21.01", "52.23"]},
               "properties": {"time_long": 1718447400000, "speed_kmh": 36, "batt": "72", "cog": 90}}  # fmt: skip
    [event] = events(read("geojson", json.dumps(feature)))
    assert location(event) == {"latitude": 52.23, "longitude": 21.01, "bearing": 90, "fix_speed_ms": 10}
    assert properties(event)["battery"] == {"remaining_percent": 72}


def test_a_track_of_kml_pairs_its_times_with_its_positions_and_values() -> None:
    track = (
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>Walk</name><gx:Track>'
        f"<when>{AT}</when><when>2024-06-15T10:31:00Z</when><gx:coord>21.01 52.23 90</gx:coord><gx:coord>21.02 52.24</gx:coord>"
        '<ExtendedData><SchemaData><gx:SimpleArrayData name="speed"><gx:value>1.5</gx:value><gx:value>2</gx:value>'
        "</gx:SimpleArrayData></SchemaData></ExtendedData></gx:Track></Placemark></Document></kml>"
    )
    found = events(read("kml", track))
    assert [location(event) for event in found] == [
        {"latitude": 52.23, "longitude": 21.01, "altitude_m": 90, "fix_speed_ms": 1.5},
        {"latitude": 52.24, "longitude": 21.02, "fix_speed_ms": 2},
    ]


def test_a_placemark_is_a_reading_where_it_has_a_time() -> None:
    point = "<Point><coordinates>21.01,52.23,90</coordinates></Point>"
    marks = (
        f"<kml><Placemark><TimeStamp><when>{AT}</when></TimeStamp>{point}</Placemark><Placemark>{point}</Placemark>"
        "<Placemark><LineString><coordinates>21,52 22,53</coordinates></LineString></Placemark></kml>"
    )
    items = read("kml", marks)
    assert location(events(items)[0]) == {"latitude": 52.23, "longitude": 21.01, "altitude_m": 90}
    assert reasons(items) == ["place_without_time", "line_without_times"]


def test_a_placemarks_data_may_be_of_a_schema_and_of_two_points_neither_is_where_it_was() -> None:
    stamp = f"<TimeStamp><when>{AT}</when></TimeStamp>"
    point = "<Point><coordinates>21.01,52.23</coordinates></Point>"
    speed = '<ExtendedData><SchemaData><SimpleData name="speed">2.5</SimpleData></SchemaData></ExtendedData>'
    marks = f"<kml><Placemark>{stamp}{speed}{point}</Placemark><Placemark>{stamp}<MultiGeometry>{point}{point}</MultiGeometry></Placemark></kml>"
    told = [location(event) for event in events(read("kml", marks))]
    assert told == [{"latitude": 52.23, "longitude": 21.01, "fix_speed_ms": 2.5}, None]


@pytest.mark.parametrize(
    "table",
    [
        "time,lat,lon,alt\n1718447400,52.23,21.01,90",
        "timestamp;latitude;longitude;elevation\n1718447400000;52,23;21,01;90",
        'Time\tLat\tLng\tAltitude\n2024-06-15T12:30:00+02:00\t"52.23"\t21.01\t90',
        "altitude,longitudeE7,latitudeE7,datetime\n90,210100000,522300000,2024-06-15 10:30:00",
        "date,time,latitude,longitude,ele\n2024-06-15,10:30:00,52.23N,21.01E,90",
        "DATE,TIME,LATITUDE N/S,LONGITUDE E/W,HEIGHT\n20240615,103000,52.23N,21.01E,90",
        "sep=;\ndate_time;lat;long;height\n15.06.2024 10:30;52,23;21,01;90",
    ],
)
def test_a_table_is_understood_by_its_columns_names(table: str) -> None:
    [event] = events(read("csv", table))
    assert isoformat(event.device_time) == AT
    assert location(event) == {"latitude": 52.23, "longitude": 21.01, "altitude_m": 90}


def test_columns_mean_what_their_owner_says() -> None:
    given = {"time": "t", "latitude": "a", "longitude": "b", "speed_kmh": "v", "climate.temperature_C": "deg"}
    [event] = events(read("csv", "t,a,b,v,deg\n1718447400,52.23,21.01,36,21.5", columns=given))
    assert location(event) == {"latitude": 52.23, "longitude": 21.01, "fix_speed_ms": 10}
    assert properties(event)["climate"] == {"temperature_C": 21.5}
    with pytest.raises(UserError, match="There is no column 'x'"):
        read("csv", "t,a,b\n1,2,3", columns={"time": "x"})


def test_a_table_whose_time_nobody_knows_asks_for_it() -> None:
    with pytest.raises(UserError, match="--columns time=NAME"):
        read("csv", "a,b\n1,2")


def test_a_row_that_is_short_or_long_or_impossible_spoils_no_other() -> None:
    items = read("csv", f"time,lat,lon\n{AT}\n{AT},52,21,extra\n{AT},95,21\nsoon,52,21\n,52,21")
    found = events(items)
    assert [location(event) is None for event in found] == [True, False]
    assert properties(found[1])["csv"]["more"] == "extra"
    assert reasons(items) == ["position_unreadable", "time_unreadable", "time_missing"]


def test_home_assistants_rows_may_be_ragged_and_untold_states_are_no_zeros() -> None:
    table = f"entity_id,state,last_changed,current_temperature\nclimate.hall,heat,{AT},20.5\nsensor.a,unknown,{AT}\nsensor.a,nan,{AT}\nsensor.a,unavailable,{AT}\n"
    heat, unknown, no_number, gone = events(read("homeassistant", table))
    assert properties(heat)["homeassistant"]["current_temperature"] == "20.5"
    assert "state" not in properties(unknown) and "network" not in properties(unknown)
    assert "state" not in properties(no_number)
    assert properties(gone)["network"] == {"availability": "offline"}


def test_a_recorders_lines_are_opened_with_the_key_and_a_reading_without_a_time_is_refused() -> None:
    lines = (
        f'{AT}\t*  \t{{"_type":"location","lat":52.23,"lon":21.01}}\n'
        f'{AT}\t*  \t{{"_type":"encrypted","data":"AAAA"}}\n{AT}\tlwt\t{{"_type":"lwt","tst":1}}\n{AT}\t*\tnothing\n'
    )
    items = read("owntracks", lines, key="secret")
    assert events(items) == []
    assert reasons(items) == ["time_missing", "key_wrong", "no_reading", "not_json"]


def test_a_fast_stream_becomes_an_event_a_second_and_the_name_of_its_file_tells_it() -> None:
    rows = "".join(f"{1698501145_000000000 + n * 100_000_000},{n / 10},{n},0,9.81\n" for n in range(25))
    items = read("sensorlogger", f"time,seconds_elapsed,x,y,z\n{rows}", file="Accelerometer.csv")
    told = [properties(event)["sensorlogger"] for event in events(items)]
    assert [each["name"] for each in told] == ["Accelerometer"] * 3
    assert told[0]["values"]["x"] == [str(n) for n in range(10)]
    assert sum(getattr(item, "records", 1) for item in items) == 25


def test_what_is_in_the_future_or_before_2000_is_rejected() -> None:
    items = read("csv", "time,lat,lon\n2090-01-01T00:00:00Z,52,21\n1969-07-20T20:17:00Z,52,21")
    assert reasons(items) == ["time_in_future", "time_too_old"]


def test_a_local_time_is_the_owners() -> None:
    from zoneinfo import ZoneInfo

    [event] = events(read("csv", "time,lat,lon\n2024-06-15 12:30:00,52,21", time_zone=ZoneInfo("Europe/Warsaw")))
    assert isoformat(event.device_time) == AT


@pytest.mark.parametrize(("name", "hour"), [("Time (UTC)", 10), ("date_utc", 10), ("Time (UTC+2)", 12)])
def test_a_column_that_says_so_is_utc_and_not_the_owners(name: str, hour: int) -> None:
    from zoneinfo import ZoneInfo

    given = {"time": name} if "+" in name else {}
    table = f"{name},lat,lon\n2024-06-15 {hour}:30:00,52,21"
    [event] = events(read("csv", table, time_zone=ZoneInfo("Europe/Warsaw"), columns=given))
    assert isoformat(event.device_time) == AT


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1", "cp1252"])
def test_a_file_of_gpx_is_known_and_read_in_the_encoding_that_it_declares(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    point = f'<trkpt lat="52.23" lon="21.01"><time>{AT}</time><name>Café</name></trkpt>'
    file = gpx(point).replace('version="1.0"?', f'version="1.0" encoding="{declared}"?').encode(encoding)
    assert recognised(file) == "gpx"
    [event] = events(read("gpx", file))
    assert properties(event)["gpx"]["name"] == "Café"


TORQUE = (
    "GPS Time, Device Time, Longitude, Latitude,GPS Speed(km/h), Altitude(m), Bearing,Speed (OBD)(mph),Engine RPM(rpm)"
)


def torque(*rows: str, heading: str = TORQUE) -> Any:
    return read("torque", "\n".join((heading, *rows)), time_zone=ZoneInfo("Europe/Warsaw"))


def test_a_cars_log_is_read_in_the_units_of_its_headings() -> None:
    row = "Sun Oct 05 14:22:01 GMT+02:00 2025,05-Oct-2025 14:22:01.100,21.01,52.23,36,112,90,36,2100"
    [event] = events(torque(row))
    assert location(event)["fix_speed_ms"] == 10
    assert properties(event)["vehicle"] == {"speed_kmh": 57.936384, "engine_rpm": 2100}


@pytest.mark.parametrize(
    ("gps", "device", "at"),
    [
        # The offset that stands beside the phone's time, wherever the hub is.
        ("Sun Oct 05 14:22:01 GMT+05:30 2025", "05-Oct-2025 14:22:01.100", "2025-10-05T08:52:01.100000Z"),
        ("Sun Oct 05 14:22:01 GMT 2025", "05-Oct-2025 14:22:01.100", "2025-10-05T14:22:01.100000Z"),
        # The name of a zone may mean several.
        ("Sun Oct 05 14:22:01 EDT 2025", "05-Oct-2025 14:22:01.100", "2025-10-05T12:22:01.100000Z"),
        ("-", "05-Oct-2025 14:22:01", "2025-10-05T12:22:01Z"),
        ("Sun Oct 05 14:22:01 GMT+02:00 2025", "-", "2025-10-05T12:22:01Z"),
    ],
)
def test_a_cars_log_has_the_phones_time_in_the_offset_beside_it(gps: str, device: str, at: str) -> None:
    [event] = events(torque(f"{gps},{device},21.01,52.23,36,112,90,36,2100"))
    assert isoformat(event.device_time) == at


def test_headings_that_come_again_in_a_cars_log_are_no_reading_and_a_bad_row_spoils_no_other() -> None:
    row = "-,05-Oct-2025 14:22:0{},21.01,52.23,36,112,90,36,∞"
    items = torque(row.format(1), TORQUE, "-,-,21.01,52.23", "-,31-Feb-2025 14:22:01,1,2", row.format(2))
    assert [properties(event)["vehicle"] for event in events(items)] == [{"speed_kmh": 57.936384}] * 2
    assert reasons(items) == ["headings", "time_missing", "time_unreadable"]
    assert [type(item) for item in items[1:4]] == [Ignored, Rejected, Rejected]


def test_a_recording_of_car_scanner_goes_on_after_midnight() -> None:
    head = '"SECONDS";"PID";"VALUE";"UNITS";'
    rows = (
        '"86399.5";"Vehicle speed";"50";"mph";\n"86400,25";"Vehicle speed";"";"km/h";\n"x";"Vehicle speed";"1";"km/h";'
    )
    items = read("carscanner", f"{head}\n{rows}", file="2026-06-01 23-38-14.csv", time_zone=ZoneInfo("Europe/Warsaw"))
    assert [(isoformat(each.device_time), properties(each).get("vehicle")) for each in events(items)] == [
        ("2026-06-01T21:59:59.500000Z", {"speed_kmh": 80.4672}), ("2026-06-01T22:00:00.250000Z", None),
    ]  # fmt: skip
    assert reasons(items) == ["time_missing"]


@pytest.mark.parametrize("name", ["drive.csv", "2026-13-01 10-56-07.csv", ""])
def test_a_recording_whose_name_has_no_day_is_refused_and_it_is_said_what_to_do(name: str) -> None:
    with pytest.raises(UserError, match="Name it as Car Scanner did"):
        read("carscanner", '"SECONDS";"PID";"VALUE";"UNITS";\n"1";"Vehicle speed";"1";"km/h";', file=name)
