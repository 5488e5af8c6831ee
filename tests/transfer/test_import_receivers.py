"""NMEA and IGC: times of day without a date, midnight, and what a receiver without a fix says."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from operator import xor
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from imports import events, read, reasons

from iot_hub.event import Event
from iot_hub.timestamps import isoformat
from iot_hub.transfer.imports.day_clock import DayClock


def meaning(event: Event) -> Any:
    properties = json.loads(event.properties)
    del properties[event.source]
    return properties


def sentence(text: str) -> str:
    return f"${text}*{reduce(xor, text.encode()):02X}\r\n"


def rmc(clock: str, day: str, status: str = "A") -> str:
    return sentence(f"GNRMC,{clock},{status},5230.0000,N,02115.0000,E,0.0,,{day},,,A")


def gga(clock: str, quality: int = 1) -> str:
    return sentence(f"GNGGA,{clock},5230.0000,N,02115.0000,E,{quality},07,1.0,100.0,M,38.0,M,,")


def times(items: list[Any]) -> list[str]:
    return [isoformat(event.device_time) for event in events(items)]


def test_sentences_of_one_instant_are_one_fix_in_either_order() -> None:
    first, second = rmc("080000", "151025"), gga("080000")
    for log in (first + second, second + first):
        items = read("nmea", log)
        assert times(items) == ["2025-10-15T08:00:00Z"]
        assert meaning(events(items)[0])["location"]["altitude_m"] == 100
        assert reasons(items) == ["same_instant"]


def test_a_sentence_that_was_damaged_is_rejected_alone() -> None:
    damaged = rmc("080000", "151025").replace("5230", "5330")
    items = read("nmea", damaged + rmc("080001", "151025"))
    assert times(items) == ["2025-10-15T08:00:01Z"]
    assert reasons(items) == ["checksum_wrong"]


def test_without_a_date_a_time_of_day_is_no_time() -> None:
    assert reasons(read("nmea", gga("080000") + gga("080001"))) == ["time_missing"] * 2


def test_after_midnight_a_time_of_day_is_of_the_next_day() -> None:
    log = rmc("235959", "311225") + gga("000001") + gga("000002")
    assert times(read("nmea", log)) == ["2025-12-31T23:59:59Z", "2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z"]


def test_a_receiver_without_a_fix_says_no_position() -> None:
    assert reasons(read("nmea", rmc("080000", "151025", "V") + gga("080000", 0))) == ["no_fix"] * 1
    assert reasons(read("nmea", "$GPGSV,1,1,00\r\nnoise\r\n")) == ["no_reading"] * 2


def test_a_log_may_have_a_time_of_its_own_before_each_sentence() -> None:
    assert times(read("nmea", f"1760515200.1 {rmc('080000.25', '151025')}")) == ["2025-10-15T08:00:00.250000Z"]


def igc(*lines: str) -> str:
    return "AXXX001\r\n" + "".join(f"{line}\r\n" for line in lines)


FIX = "B2359595230000N02115000EA0010000110"


def test_a_flight_over_midnight_goes_on_in_the_next_day() -> None:
    flight = igc("HFDTE311225", FIX, FIX.replace("235959", "000003"))
    assert times(read("igc", flight)) == ["2025-12-31T23:59:59Z", "2026-01-01T00:00:03Z"]


def test_further_digits_of_a_position_and_of_a_time_count() -> None:
    flight = igc("HFDTE151025", "I033637LAD3839LOD4042TDS", FIX + "6060" + "250")
    [event] = events(read("igc", flight))
    where = meaning(event)["location"]
    assert (where["latitude"], where["longitude"]) == (52.50001, 21.25001)
    assert isoformat(event.device_time) == "2025-10-15T23:59:59.250000Z"


def test_a_flight_without_a_date_and_a_line_that_is_cut_off_are_rejected() -> None:
    items = read("igc", igc(FIX, "HFDTE321325", FIX, "HFDTE151025", FIX[:20], FIX.replace("235959", "246161")))
    rejections = [reason for reason in reasons(items) if reason != "no_reading"]
    assert rejections == ["time_missing", "time_missing", "position_unreadable", "time_unreadable"]


@given(st.lists(st.integers(0, 40_000), min_size=1, max_size=20))
def test_times_of_day_are_dated_as_they_were_while_no_gap_is_half_a_day(gaps: list[int]) -> None:
    moment = datetime(2025, 10, 15, 12, tzinfo=UTC)
    clock = DayClock()
    clock.tell(date(2025, 10, 15))
    assert clock.at(time(12)) == moment
    for gap in gaps:
        moment += timedelta(seconds=gap)
        assert clock.at(moment.time()) == moment
