"""FIT: what its protocol allows, what real files do to it, and that no invalid value becomes a figure."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fit_file import ALTITUDE, HEART_RATE, LATITUDE, LONGITUDE, RECORD, TIME, FitFile, fit_time, semicircles
from hypothesis import given
from hypothesis import strategies as st
from imports import events, read, reasons

from iot_hub.event import Event, Rejected
from iot_hub.timestamps import isoformat
from iot_hub.transfer.imports.fit import EPOCH
from iot_hub.transfer.imports.fit_messages import checksum
from iot_hub.transfer.imports.recognition import recognised

AT = "2025-10-07T10:00:00Z"
START = fit_time(AT)
NORTH, EAST = semicircles(52.5), semicircles(21.25)


def meaning(event: Event) -> Any:
    properties = json.loads(event.properties)
    del properties["fit"]
    return properties


def positions(file: FitFile, local: int = 1) -> FitFile:
    file.define(local, RECORD, [TIME, LATITUDE, LONGITUDE])
    return file


def ride(points: int = 3, **more: Any) -> FitFile:
    file = positions(FitFile(**more))
    for n in range(points):
        file.add(1, START + n, NORTH, EAST)
    return file


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("header", [12, 14])
def test_a_record_means_the_same_in_either_byte_order_and_after_either_header(order: str, header: int) -> None:
    file = FitFile(order)
    numbers = ((4, "B"), (5, "I"), (6, "H"), (7, "H"), (13, "b"), (31, "B"), (81, "B"))
    file.define(1, RECORD, [TIME, LATITUDE, LONGITUDE, ALTITUDE, HEART_RATE, *numbers])
    file.add(1, START, NORTH, -EAST, (100 + 500) * 5, 120, 90, 12_345, 2_500, 250, -3, 4, 161)
    content = file.bytes(header=header)
    assert recognised(content) == "fit"
    items = read("fit", content)
    assert reasons(items) == ["no_reading"]
    [event] = events(items)
    assert isoformat(event.device_time) == AT
    assert meaning(event) == {
        "location": {
            "latitude": 52.5, "longitude": -21.25, "altitude_m": 100, "fix_speed_ms": 2.5, "fix_accuracy_m": 4
        },
        "body": {"heart_rate_bpm": 120, "cadence_rpm": 90, "power_W": 250},
        "motion": {"distance_m": 123.45},
        "climate": {"temperature_C": -3},
        "battery": {"remaining_percent": 80.5},
    }  # fmt: skip


def test_what_the_protocol_calls_invalid_is_absent_from_the_meaning_and_the_message() -> None:
    file = FitFile()
    file.define(1, RECORD, [TIME, LATITUDE, LONGITUDE, ALTITUDE, HEART_RATE, (4, "B"), (6, "H"), (13, "b"), (78, "I")])
    file.add(1, START, 0x7FFFFFFF, 0x7FFFFFFF, 0xFFFF, 0xFF, 0xFF, 0xFFFF, 0x7F, 0xFFFFFFFF)
    [event] = events(read("fit", file.bytes()))
    assert json.loads(event.properties) == {"fit": {"timestamp": START}}


def test_a_zero_that_means_no_pulse_is_absent_and_one_that_means_no_pedalling_is_a_figure() -> None:
    file = FitFile()
    file.define(1, RECORD, [TIME, HEART_RATE, (4, "B"), (7, "H")])
    file.add(1, START, 0, 0, 0)
    [event] = events(read("fit", file.bytes()))
    assert meaning(event) == {"body": {"cadence_rpm": 0, "power_W": 0}}


def test_the_finer_of_two_altitudes_and_speeds_counts() -> None:
    file = FitFile()
    file.define(1, RECORD, [TIME, LATITUDE, LONGITUDE, ALTITUDE, (78, "I"), (6, "H"), (73, "I")])
    file.add(1, START, NORTH, EAST, 5, (8848 + 500) * 5 + 1, 1, 2_345)
    [event] = events(read("fit", file.bytes()))
    assert meaning(event)["location"]["altitude_m"] == 8848.2
    assert meaning(event)["location"]["fix_speed_ms"] == 2.345


def test_times_in_the_headers_of_messages_go_on_from_the_last_whole_one() -> None:
    file = positions(FitFile())
    file.define(2, RECORD, [LATITUDE, LONGITUDE])
    file.add(1, START, NORTH, EAST)
    for seconds in (1, 31, 40, 70):
        file.add_compressed(2, START + seconds, NORTH, EAST)
    times = [(event.device_time // 1_000_000) for event in events(read("fit", file.bytes()))]
    assert [time - times[0] for time in times] == [0, 1, 31, 40, 70]


def test_every_file_of_a_chain_is_read_with_definitions_of_its_own() -> None:
    second = FitFile(">")
    second.define(1, RECORD, [HEART_RATE, TIME])
    second.add(1, 90, START)
    items = read("fit", ride().bytes() + second.bytes())
    assert [meaning(event).keys() for event in events(items)] == [{"location"}] * 3 + [{"body"}]


def test_fields_of_developers_stay_in_the_message_under_their_names() -> None:
    file = FitFile()
    file.define(2, 206, [(0, "B"), (1, "B"), (2, "B"), (3, "8s")])
    file.add(2, 0, 7, 0x84, b"Strides\0")
    file.define(1, RECORD, [TIME], developer=[(7, "H"), (9, "3s")])
    file.add(1, START, 178, b"???")
    [event] = events(read("fit", file.bytes()))
    developers = json.loads(event.properties)["fit"]["developer_fields"]
    assert developers == {"Strides": 178, "developer_0_9": [63, 63, 63]}


@pytest.mark.parametrize(("cut", "whole"), [(2, 3), (3, 2), (15, 2), (16, 1)])
def test_of_a_file_that_was_cut_off_every_whole_record_is_kept(cut: int, whole: int) -> None:
    items = read("fit", ride().bytes()[:-cut])
    assert len(events(items)) == whole
    assert reasons(items)[-1] in ("cut_off", "checksum_wrong")


def test_a_file_whose_device_lost_its_power_has_no_size_and_is_read_to_its_end() -> None:
    items = read("fit", ride().bytes(size=0)[:-2])
    assert len(events(items)) == 3
    assert reasons(items)[-1] == "file_unfinished"


def test_a_file_without_a_message_is_no_success() -> None:
    assert reasons(read("fit", bytes.fromhex("0e105c08000000002e4649540000" + "0000"))) == ["file_empty"]


def test_a_byte_that_changed_is_told() -> None:
    content = bytearray(ride().bytes())
    content[-6] ^= 1
    items = read("fit", bytes(content))
    assert len(events(items)) == 3
    assert reasons(items)[-1] == "checksum_wrong"


def test_a_message_that_nothing_defines_ends_the_file_in_words() -> None:
    file = ride()
    file.content += b"\x05\x00\x00"
    items = read("fit", file.bytes())
    assert len(events(items)) == 3
    assert reasons(items)[-1] == "damaged"


def test_a_course_is_a_plan_and_its_points_are_no_readings() -> None:
    items = read("fit", ride(type=6).bytes())
    assert events(items) == []
    assert reasons(items) == ["no_reading"] + ["planned_route"] * 3


def test_a_record_without_a_time_or_with_a_clock_that_was_never_set_is_rejected() -> None:
    file = positions(FitFile())
    file.define(2, RECORD, [LATITUDE, LONGITUDE])
    file.add(2, NORTH, EAST)
    file.add(1, 1_000, NORTH, EAST)
    assert reasons(read("fit", file.bytes())) == ["no_reading", "time_missing", "time_too_old"]


def test_a_session_is_an_activity_with_its_end_and_its_distance() -> None:
    file = FitFile()
    file.define(1, 18, [TIME, (2, "I"), (5, "B"), (7, "I"), (9, "I")])
    file.add(1, START + 700, START, 1, 600_000, 150_050)
    [event] = events(read("fit", file.bytes()))
    about = {"type": "workout", "name": "running", "distance_m": 1500.5, "end": "2025-10-07T10:10:00Z"}
    assert (isoformat(event.device_time), meaning(event)) == (AT, {"event": about})


def test_a_heart_rate_of_a_whole_day_has_the_last_bits_of_its_time() -> None:
    file = FitFile(type=32)
    file.define(1, 55, [TIME, (3, "I")])
    file.define(2, 55, [(26, "H"), (27, "B")])
    file.add(1, START, 10)
    file.add(2, START + 60 & 0xFFFF, 61)
    file.add(2, START + 70_000 & 0xFFFF, 62)
    items = read("fit", file.bytes())
    times = [event.device_time // 1_000_000 - EPOCH - START for event in events(items)]
    assert times == [60, 70_000 - 65_536]  # A time of 16 bits says no more than that.


def test_the_checksum_is_that_of_the_protocol_whatever_the_pieces() -> None:
    assert checksum(b"123456789") == 0xBB3D
    assert checksum(b"56789", checksum(b"1234")) == 0xBB3D


@given(st.binary(max_size=300))
def test_no_bytes_behind_a_header_raise_anything(content: bytes) -> None:
    file = FitFile()
    file.content += content
    for item in read("fit", file.bytes()):
        assert not isinstance(item, Rejected) or item.reason
