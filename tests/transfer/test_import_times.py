"""A time without an offset means one instant: by its format, by its zone, and by its order in the hour that repeats."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imports import events, read, read_parts, reasons
from paths import FIXTURES

from iot_hub.local_times import LocalTimes
from iot_hub.timestamps import DeviceTimeError, isoformat

WARSAW = ZoneInfo("Europe/Warsaw")
FIELD = FIXTURES / "field"


def table(*times: str) -> str:
    return "time,lat,lon\n" + "".join(f"{time},52,21\n" for time in times)


def instants(*times: str, zone: ZoneInfo = WARSAW) -> list[str]:
    return [isoformat(event.device_time)[11:16] for event in events(read("csv", table(*times), time_zone=zone))]


def clock(*hours: str) -> list[str]:
    return [f"2025-10-26 {hour}:00" for hour in hours]


@pytest.mark.parametrize(
    ("hours", "utc"),
    [
        (["01:30", "02:10", "02:50", "02:10", "02:50", "03:10"], ["23:30", "00:10", "00:50", "01:10", "01:50", "02:10"]),
        (["02:10", "02:50", "02:10"], ["00:10", "00:50", "01:10"]),
        (["03:10", "02:50", "02:10", "02:50", "02:10", "01:30"], ["02:10", "01:50", "01:10", "00:50", "00:10", "23:30"]),
        (["01:58", "02:30"], ["23:58", "00:30"]),
        (["02:30", "02:31", "02:30", "02:32"], ["00:30", "00:31", "00:30", "00:32"]),
    ],
)  # fmt: skip
def test_the_hour_that_autumn_repeats_is_told_apart_by_the_order_of_the_file(hours: list[str], utc: list[str]) -> None:
    later = ["03:20", "03:15"] if hours[0] == "03:10" else []  # Where the file begins, it goes back already.
    assert instants(*clock(*later, *hours))[len(later) :] == utc


def test_a_file_that_jumps_back_by_days_says_nothing_of_the_hour_that_repeats() -> None:
    assert instants("2025-11-20 10:00:00", *clock("02:10")) == ["09:00", "00:10"]


def test_an_hour_that_spring_skips_is_rejected() -> None:
    items = read("csv", table("2025-03-30 01:59:00", "2025-03-30 02:30:00", "2025-03-30 03:01:00"), time_zone=WARSAW)
    assert [isoformat(event.device_time)[11:16] for event in events(items)] == ["00:59", "01:01"]
    assert reasons(items) == ["time_never_was"]


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca"])
@given(
    start=st.datetimes(datetime(2024, 1, 1), datetime(2025, 12, 1)),
    steps=st.lists(st.integers(60, 1_500), min_size=1, max_size=60),
)
def test_a_log_that_goes_on_without_a_gap_comes_back_from_its_local_times(
    zone: str, start: datetime, steps: list[int]
) -> None:
    at = [start.replace(tzinfo=ZoneInfo("UTC"), fold=0)]
    for step in steps:
        at.append(at[-1] + timedelta(seconds=step))
    where = ZoneInfo(zone)
    # It begins where the local time means one instant; a change of half an hour needs shorter steps than that.
    local = [each.astimezone(where) for each in at]
    times = LocalTimes()
    first = local[0].replace(fold=0).utcoffset() == local[0].replace(fold=1).utcoffset()
    found = [times.instant(each.replace(tzinfo=None, fold=0), where) for each in local]
    if first:
        assert [each.astimezone(ZoneInfo("UTC")) for each in found] == at


def test_what_was_read_and_guessed_is_counted() -> None:
    times = LocalTimes()
    for hour in ("02:10", "02:50", "02:10", "04:00"):
        times.instant(datetime.fromisoformat(f"2025-10-26 {hour}"), WARSAW)
    assert (dict(times.zones), times.repeated, times.guessed) == ({"Europe/Warsaw": 4}, 3, 1)
    with pytest.raises(DeviceTimeError, match="time_never_was"):
        times.instant(datetime.fromisoformat("2025-03-30 02:30"), WARSAW)


def test_basicairdatas_table_is_utc_whatever_the_owners_zone() -> None:
    [part] = read_parts(FIELD / "29-basicairdata-txt" / "20251010-120000.txt", time_zone=WARSAW)
    found = events(part.items)
    assert [isoformat(event.device_time) for event in found] == [
        "2025-10-10T10:00:00Z", "2025-10-10T10:00:05Z", "2025-10-10T10:00:10Z",
    ]  # fmt: skip
    import json

    assert json.loads(found[0].properties)["location"] == {
        "latitude": 52.6, "longitude": 21.1, "altitude_m": 135.131, "bearing": 108.4, "fix_speed_ms": 0.5,
        "fix_accuracy_m": 4, "satellites": 15,
    }  # fmt: skip


def test_times_that_are_none_are_rejected_one_by_one_and_a_leap_second_is_the_next() -> None:
    [part] = read_parts(FIELD / "21-gpx-bad-times" / "bad.gpx")
    assert [isoformat(event.device_time)[11:] for event in events(part.items)] == [
        "10:00:00Z", "10:00:20.050000Z", "10:00:25Z", "10:01:00Z", "10:01:05.123456Z",
    ]  # fmt: skip
    assert reasons(part.items) == ["time_unreadable"] * 3


@pytest.mark.parametrize("text", ["2025-10-02T10:60:00Z", "2025-10-02T10:00:61Z", "2025-10-02 60:00:00"])
def test_only_a_second_may_be_the_sixtieth(text: str) -> None:
    assert reasons(read("csv", table(text))) == ["time_unreadable"]


@pytest.mark.parametrize(
    ("minutes", "is_read"),
    [("0", True), ("60", True), ("61", True), ("-15", False), ("62", False), ("99999", False), ("soon", False)],
)
def test_googles_minutes_are_within_their_segment(minutes: str, is_read: bool) -> None:
    import json

    point = {"point": "geo:52.1,21.1", "durationMinutesOffsetFromStartTime": minutes}
    segment = {"startTime": "2024-06-15T10:00:00Z", "endTime": "2024-06-15T11:00:00Z", "timelinePath": [point]}
    items = read("google-timeline", json.dumps([segment]))
    assert len(events(items)) == is_read
    assert is_read or reasons(items)[0] in ("time_outside_segment", "time_unreadable")


def test_googles_two_sections_keep_their_own_times() -> None:
    [part] = read_parts(FIELD / "34-timeline-both-sections" / "Timeline.json")
    found = [event for event in events(part.items) if b'"location"' in event.properties]
    assert len(found) == 5
    assert {isoformat(event.device_time)[:13] for event in found} == {"2025-10-13T08"}
