"""When a reading was taken: its own time, or what stands in for one that can't be true."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import FIXTURES

from iot_hub.event import Event, Rejected
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.timestamps import DAY, SECOND, isoformat

CASES = FIXTURES / "field"
WARSAW = ZoneInfo("Europe/Warsaw")
HOUR = 3_600 * SECOND
WEEK = 7 * DAY
NOW = 1_795_906_800 * SECOND  # 2026-11-28T23:00:00Z, hours after the cases were sent.
HERE = ParseContext(received_at=NOW, time_zone=WARSAW)
TRUE = NOW // SECOND - 3_600
ROLLED_OVER = TRUE - 1_024 * 7 * 86_400


def parsed(source: str, message: object, context: ParseContext = HERE) -> list[Event]:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    found = SOURCES[source](body, context)
    assert not [item for item in found if isinstance(item, Rejected)]
    return [item for item in found if isinstance(item, Event)]


def properties(event: Event) -> Any:
    return json.loads(event.properties)


def located(tst: object, **more: object) -> dict[str, object]:
    return {"_type": "location", "lat": 52.44, "lon": 20.94, "tst": tst, "batt": 63, **more}


def feature(time: object, latitude: float = 52.1) -> dict[str, object]:
    return {
        "type": "Feature", "geometry": {"type": "Point", "coordinates": [21.1, latitude]},
        "properties": {"timestamp": time, "battery_level": 0.5},
    }  # fmt: skip


def batch(*times: object) -> list[Event]:
    return parsed("overland", {"locations": [feature(time, 50 + place / 1000) for place, time in enumerate(times)]})


def at(event: Event) -> str:
    return isoformat(event.device_time)


def iso(seconds: float) -> str:
    return isoformat(round(seconds * SECOND))


@pytest.mark.parametrize(
    ("file", "time"), [("location.json", "2026-11-28T07:00:00Z"), ("second.json", "2026-11-28T07:01:00Z")]
)
def test_a_fix_of_before_the_rollover_is_of_when_its_message_was_built(file: str, time: str) -> None:
    [event] = parsed("owntracks", (CASES / "07-owntracks-rollover" / file).read_bytes())
    assert (at(event), event.time_source) == (time, "message")
    assert properties(event)["time_source"] == "message"
    assert "fix_timestamp" not in properties(event)["location"]


@pytest.mark.parametrize("weeks", [1_024, 2_048])
def test_a_rollover_is_recognised_where_the_message_has_no_time_of_its_own(weeks: int) -> None:
    [event] = parsed("owntracks", located(TRUE - weeks * 7 * 86_400))
    assert (event.device_time, event.time_source) == (TRUE * SECOND, "rollover")


def test_a_queue_of_days_from_before_a_rollover_keeps_its_spacing_over_many_requests() -> None:
    taken = [TRUE - 86_400 * 3, TRUE - 86_400, TRUE - 60, TRUE]
    events = [parsed("owntracks", located(time - 1_024 * 7 * 86_400))[0] for time in taken]
    assert [event.device_time // SECOND for event in events] == taken


def test_a_clock_that_was_never_set_is_no_rollover() -> None:
    [event] = parsed("owntracks", located(1_136_073_600))  # 2006-01-01
    assert (event.device_time, event.time_source) == (NOW, "received")


def test_an_impossible_time_of_the_message_is_passed_over_too() -> None:
    [event] = parsed("owntracks", located(5, created_at=NOW // SECOND + 86_400 * 2))
    assert (event.device_time, event.time_source) == (NOW, "received")


def test_of_a_batch_with_a_clock_that_was_never_set_the_newest_is_of_the_receipt() -> None:
    events = batch(*(iso(time) for time in (100, 160, 4_000)))
    assert [event.device_time for event in events] == [NOW - 3_900 * SECOND, NOW - 3_840 * SECOND, NOW]
    assert {event.time_source for event in events} == {"batch"}
    assert [properties(event)["time_source"] for event in events] == ["batch"] * 3


def test_of_a_batch_with_a_clock_years_ahead_the_newest_is_of_the_receipt() -> None:
    events = batch(*(iso(TRUE + 283_824_000 + step) for step in (0, 60, 600)))
    assert [NOW - event.device_time for event in events] == [600 * SECOND, 540 * SECOND, 0]


def test_a_reading_without_a_time_is_between_its_neighbours() -> None:
    events = batch(iso(TRUE), None, "soon", iso(TRUE + 300))
    assert [event.device_time // SECOND - TRUE for event in events] == [0, 100, 200, 300]
    assert [event.time_source for event in events] == ["measured", "batch", "batch", "measured"]


def test_readings_of_before_a_clock_was_set_end_where_the_right_ones_begin() -> None:
    events = batch(iso(5), iso(65), iso(TRUE), iso(TRUE + 60))
    assert [event.device_time // SECOND - TRUE for event in events] == [-61, -1, 0, 60]


def test_readings_after_a_clock_was_lost_begin_where_the_right_ones_end() -> None:
    events = batch(iso(TRUE), iso(TRUE + 60), iso(5), iso(65))
    assert [event.device_time // SECOND - TRUE for event in events] == [0, 60, 61, 121]


def test_one_devices_readings_say_nothing_of_anothers() -> None:
    mine, theirs = feature(iso(TRUE)), feature(None)
    theirs["properties"] = {"device_id": "other"}
    _, other = parsed("overland", {"locations": [mine, theirs]})
    assert (other.device_time, other.time_source) == (NOW, "received")


def test_streams_of_sensor_logger_keep_their_spacing_with_a_wrong_clock() -> None:
    readings = [
        {"name": name, "time": (1_104_537_600 + seconds) * 10**9, "values": {"lux": 3, "pressure": 1000}}
        for name, seconds in (("light", 100), ("barometer", 160), ("light", 220))
    ]
    events = parsed("sensorlogger", {"payload": readings})
    assert sorted(NOW - event.device_time for event in events) == [0, 60 * SECOND, 120 * SECOND]


@given(
    st.lists(st.integers(0, 29 * 86_400), min_size=2, max_size=20, unique=True),
    st.sampled_from([0, 86_400 * 365, ROLLED_OVER - 86_400 * 400, TRUE + 86_400 * 400]),
)
def test_a_constant_displacement_keeps_every_spacing(steps: list[int], clock: int) -> None:
    events = batch(*(iso(clock + step) for step in steps))
    assert [event.device_time - events[0].device_time for event in events] == [
        (step - steps[0]) * SECOND for step in steps
    ]
    assert max(event.device_time for event in events) == NOW


@given(st.lists(st.none() | st.integers(0, 100_000), max_size=20))
def test_readings_of_a_batch_keep_their_order_whichever_of_them_have_a_time(steps: list[int | None]) -> None:
    known = iter(sorted(step for step in steps if step is not None))
    events = batch(*(None if step is None else iso(TRUE - 200_000 + next(known)) for step in steps))
    times = [event.device_time for event in events]
    assert times == sorted(times)
    assert max(times, default=0) <= NOW


@given(st.lists(st.sampled_from([None, 0, 60, TRUE, TRUE + 9 * 10**8, ROLLED_OVER]), max_size=8))
def test_no_reading_of_a_batch_is_lost_or_of_a_time_that_cant_be_true(clocks: list[int | None]) -> None:
    events = batch(*(None if clock is None else iso(clock) for clock in clocks))
    assert len(events) == len(clocks)
    assert all(NOW - 31 * DAY <= event.device_time <= NOW + DAY for event in events)


def test_a_ping_is_of_now_and_its_fix_of_when_it_was_taken() -> None:
    [event] = parsed("owntracks", located(TRUE - 7_200, created_at=TRUE, t="p"))
    assert (event.device_time, event.time_source) == (TRUE * SECOND, "measured")
    assert properties(event)["location"]["fix_timestamp"] == TRUE - 7_200


def test_what_is_no_ping_is_of_its_fix() -> None:
    [event] = parsed("owntracks", located(TRUE - 246, created_at=TRUE, t="u"))
    assert event.device_time == (TRUE - 246) * SECOND
    assert "fix_timestamp" not in properties(event)["location"]


def test_records_of_one_cached_fix_are_of_their_own_time_and_share_its() -> None:
    events = parsed("osmand", (CASES / "09-bg-geolocation-batch" / "batch.json").read_bytes())
    fix = datetime.fromisoformat("2026-11-28T09:30:21.946Z").timestamp()
    assert [round(event.device_time / SECOND - fix, 3) for event in events] == [0.578, 1.139, 61.139]
    assert {properties(event)["location"]["fix_timestamp"] for event in events} == {fix}
    assert all(
        "battery" not in properties(event) or properties(event)["battery"] == {"charging": False} for event in events
    )
    assert all("bearing" not in properties(event)["location"] for event in events)


def test_the_time_of_a_tracker_without_offset_is_utc_whatever_the_owners_zone() -> None:
    lines = (CASES / "12-osmand-time-without-offset" / "urls.txt").read_text().split()
    events = [event for line in lines for event in parsed("osmand", line.partition("?")[2].encode())]
    assert [at(event) for event in events] == ["2026-11-28T09:41:18Z", "2026-11-28T09:42:18Z"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("gpslogger", {"lat": 52, "lon": 21, "time": "2026-11-28T09:41:18"}),
        ("osmand", {"id": 7, "lat": 52, "lon": 21, "timestamp": "2026-11-28T09:41:18"}),
        ("overland", {"locations": [feature("2026-11-28T09:41:18")]}),
        ("owntracks", located("2026-11-28T09:41:18")),
        ("sensorlogger", {"payload": [{"name": "light", "time": "2026-11-28T09:41:18", "values": {"lux": 1}}]}),
    ],
)
def test_an_apps_time_without_offset_is_utc(source: str, message: object) -> None:
    [event] = parsed(source, message)
    assert at(event) == "2026-11-28T09:41:18Z"


def test_home_assistants_templates_write_the_owners_time() -> None:
    state = {"entity_id": "sensor.x", "state": "1", "last_changed": "2026-11-28T10:41:18"}
    [event] = parsed("homeassistant", state)
    assert at(event) == "2026-11-28T09:41:18Z"
