"""What trackers, hubs and travel diaries export: each trap of a format, once."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from imports import events, read, reasons

from iot_hub.event import Event
from iot_hub.timestamps import isoformat

AT, UNIX = "2025-10-15T08:00:00Z", 1_760_515_200
WARSAW = ZoneInfo("Europe/Warsaw")


def meaning(event: Event) -> Any:
    properties = json.loads(event.properties)
    del properties[event.source]
    return properties


def of_json(format: str, content: object) -> list[Any]:
    return [meaning(event) for event in events(read(format, json.dumps(content)))]


def arc(**location: Any) -> list[Any]:
    where = {"latitude": 52.7, "longitude": 21.2, "timestamp": AT, **location}
    return of_json("arc", {"timelineItems": [{"isVisit": False, "samples": [{"date": AT, "location": where}]}]})


def test_of_arc_an_altitude_without_accuracy_is_unknown_and_one_at_sea_is_zero() -> None:
    assert arc(altitude=0, verticalAccuracy=-1) == [{"location": {"latitude": 52.7, "longitude": 21.2}}]
    [known] = arc(altitude=0, verticalAccuracy=3)
    assert known["location"]["altitude_m"] == 0


def test_of_arc_a_bad_sample_spoils_no_other_and_a_trip_without_samples_is_told() -> None:
    good = {"date": AT, "location": {"latitude": 52.7, "longitude": 21.2}}
    bad = {"date": "soon", "location": {"latitude": 52.7, "longitude": 21.2}}
    items = read("arc", json.dumps({"timelineItems": [{"samples": [bad, good]}, {"samples": []}]}))
    assert len(events(items)) == 1
    assert reasons(items) == ["time_unreadable", "no_reading"]


def test_dawarich_tells_a_point_by_its_coordinates_or_by_a_point_of_text() -> None:
    point = {"timestamp": UNIX, "lonlat": "SRID=4326;POINT (21.24 52.74)"}
    assert of_json("dawarich", [point]) == [{"location": {"latitude": 52.74, "longitude": 21.24}}]


def test_a_whole_archive_of_dawarich_in_one_file_gives_its_points_alone() -> None:
    point = {"timestamp": UNIX, "latitude": 52.74, "longitude": 21.24}
    archive = {"counts": {"points": 1}, "settings": {"maps": {}, "routes": [{"a": 1}]}, "points": [point], "places": [{"latitude": 52, "longitude": 21}]}  # fmt: skip
    items = read("dawarich", json.dumps(archive))
    assert len(events(items)) == 1
    assert set(reasons(items)) == {"no_reading"}


def test_lines_of_dawarich_are_read_one_by_one() -> None:
    good = json.dumps({"timestamp": UNIX, "latitude": 52.74, "longitude": 21.24})
    items = read("dawarich", f'{good}\n{{"timestamp":\n{good}\n{{"name": "a visit"}}\n')
    assert len(events(items)) == 2
    assert reasons(items) == ["not_json", "no_reading"]


def test_users_with_their_trackers_may_be_larger_than_any_one_record() -> None:
    point = {"lat": 52.74, "lon": 21.24, "tst": UNIX, "note": "x" * 900}
    assert len(events(read("dawarich", json.dumps({"a@b": {"phone": [point] * 10_000}})))) == 10_000


@pytest.mark.parametrize(
    ("cell", "speed"),
    [("36 km/h", 10), ("10 kn", 5.144444), ("10", 5.144444), ("10 mph", 4.4704), ("10 m/s", 10), ("10 furlongs", None)],
)
def test_the_route_report_of_traccar_has_a_speed_with_its_unit(cell: str, speed: float | None) -> None:
    table = f"Device Name,Valid,Time,Latitude,Longitude,Altitude,Speed,Address,Attributes\nx,true,2025-10-15 10:00:00,52,21,1,{cell},,\n"
    [event] = events(read("traccar", table, time_zone=WARSAW))
    assert meaning(event)["location"].get("fix_speed_ms") == speed
    assert isoformat(event.device_time) == AT


def test_commas_of_an_address_move_no_other_cell() -> None:
    head = "id,deviceId,protocol,deviceTime,fixTime,valid,latitude,longitude,speed,address,accuracy,batteryLevel"
    row = "1,2,h02,2025-10-15T08:00:00Z,2025-10-15T08:00:00Z,true,52,21,0,Street 1, Town, PL,8.0,77"
    [event] = events(read("traccar", f"{head}\n{row}\n"))
    assert meaning(event)["battery"] == {"remaining_percent": 77}
    assert meaning(event)["location"]["fix_accuracy_m"] == 8
    assert json.loads(event.properties)["traccar"]["address"] == "Street 1, Town, PL"


def test_an_accuracy_of_life360_is_in_feet_and_a_speed_below_zero_is_unknown() -> None:
    record = {"latitude": "52.78", "longitude": "21.28", "accuracy": "100", "speed": -1, "timestamp": str(UNIX)}
    assert of_json("life360", {"locations": [record]}) == [
        {"location": {"latitude": 52.78, "longitude": 21.28, "fix_accuracy_m": 30.48}}
    ]


def test_a_position_without_a_time_is_never_dated_today() -> None:
    for format, content in (
        ("polarsteps", {"locations": [{"lat": 52, "lon": 21}]}),
        ("geopulse", {"points": [{"latitude": 52, "longitude": 21}]}),
        ("life360", {"locations": [{"latitude": 52, "longitude": 21}]}),
        ("traccar", [{"latitude": 52, "longitude": 21}]),
        ("samsunghealth", [{"latitude": 52, "longitude": 21}]),
        ("owntracks", {"data": [{"_type": "location", "lat": 52, "lon": 21}]}),
    ):
        assert reasons(read(format, json.dumps(content))) == ["time_missing"]


def test_an_answer_of_the_recorder_of_owntracks_may_be_an_array_of_the_last_messages() -> None:
    last = {"_type": "location", "lat": 52.81, "lon": 21.31, "tst": UNIX, "topic": "owntracks/jane/phone"}
    [event] = events(read("owntracks", json.dumps([last])))
    assert event.device == "jane/phone"


def tcx(kind: str, points: str) -> str:
    return f'<TrainingCenterDatabase><{kind}s><{kind} Sport="Running"><Track>{points}</Track></{kind}></{kind}s></TrainingCenterDatabase>'


POINT = (
    f"<Trackpoint><Time>{AT}</Time><Position><LatitudeDegrees>52</LatitudeDegrees>"
    "<LongitudeDegrees>21</LongitudeDegrees></Position><Extensions><TPX><RunCadence>88</RunCadence></TPX></Extensions>"
    "</Trackpoint>"
)


def test_a_course_of_tcx_is_a_plan() -> None:
    assert reasons(read("tcx", tcx("Course", POINT))) == ["planned_route"]


def test_a_file_of_tcx_that_is_cut_off_keeps_its_whole_points() -> None:
    items = read("tcx", tcx("Activity", POINT * 3)[:-200])
    assert [meaning(event)["body"] for event in events(items)] == [{"cadence_rpm": 88}] * 2
    assert reasons(items) == ["not_xml"]
