"""What an ELM327 adapter sends is read: every form of a line, and noise without an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import ROOT

from iot_hub.obd.pids import PIDS, supported
from iot_hub.obd.replies import MAX_REPLY_BYTES, Message, Problem, ReplyReader, lines_of, parse
from iot_hub.obd.requests import Request, current
from iot_hub.obd.schedule import Schedule
from iot_hub.obd.trouble_codes import codes, codes_of_all
from iot_hub.obd.values import data_by_pid, groups_of, value_of, vin_of

FIXTURES = ROOT / "tests" / "fixtures" / "obd"
RPM = current([0x0C])
TWO = current([0x0C, 0x0D])
VIN = Request(0x09, (0x02,))
RPM_DATA = bytes.fromhex("410C1AF8")


@pytest.mark.parametrize(
    ("reply", "unit"),
    [
        (b"41 0C 1A F8\r\r", ""),
        (b"410C1AF8\r", ""),
        (b"010C\r41 0C 1A F8\r\r", ""),
        (b"010C41 0C 1A F8\r", ""),
        (b"SEARCHING...\r41 0C 1A F8\r", ""),
        (b"SEARCHING...41 0C 1A F8\r", ""),
        (b"BUS INIT: ...OK\r\n41 0C 1A F8\r\n", ""),
        (b"BUS INIT: OK\r41 0C 1A F8\r", ""),
        (b"\0\0" + b"41\0 0C 1A F8 \r\0", ""),
        (b"\xff\xfe41 0c 1a f8\r", ""),
        (b"7E8 04 41 0C 1A F8\r", "7E8"),
        (b"7E804410C1AF8AAAAAA\r", "7E8"),
        (b"18 DA F1 10 04 41 0C 1A F8\r", "18DAF110"),
        (b"18DAF11004410C1AF8555555\r", "18DAF110"),
        (b"48 6B 10 41 0C 1A F8 D2\r", "10"),
        (b"41 6B 10 41 0C 1A F8 CB\r", "10"),
        (b"84 F1 11 41 0C 1A F8 E1\r", "11"),
        (b"80 F1 11 04 41 0C 1A F8 E1\r", "11"),
        (b"7F 01 12\r41 0C 1A F8\r", ""),
        (b"@@##\r41 0C 1A F8\r", ""),
    ],
)
def test_an_engine_speed_is_read_in_every_form_of_a_line(reply: bytes, unit: str) -> None:
    assert parse(reply, RPM).messages == (Message(unit, RPM_DATA),)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (b"?\r", Problem.UNKNOWN_COMMAND),
        (b"NO DATA\r", Problem.NO_DATA),
        (b"", Problem.NO_DATA),
        (b"SEARCHING...\rUNABLE TO CONNECT\r", Problem.UNABLE_TO_CONNECT),
        (b"BUS INIT: ...ERROR\r", Problem.BUS),
        (b"BUS INIT: ERROR\r", Problem.BUS),
        (b"CAN ERROR\r", Problem.BUS),
        (b"BUS BUSY\r", Problem.BUS),
        (b"FB ERROR\r", Problem.BUS),
        (b"<RX ERROR\r", Problem.BUS),
        (b"ERR94\r", Problem.BUS),
        (b"STOPPED\r", Problem.STOPPED),
        (b"BUFFER FULL\r", Problem.BUFFER_FULL),
        (b"LV RESET\r", Problem.RESET),
        (b"7F 01 12\r", Problem.REFUSED),
        (b"7E8 03 7F 01 12\r", Problem.REFUSED),
        (b"41 0D 50\r", Problem.UNREADABLE),
        (b"43 ZZ\r", Problem.UNREADABLE),
        (b"7E8 04 41 0C 1A\r", Problem.UNREADABLE),
    ],
)
def test_why_there_is_no_value_is_known(reply: bytes, problem: Problem) -> None:
    found = parse(reply, RPM)
    assert (found.messages, found.problem) == ((), problem)


def test_a_long_message_is_put_together_with_and_without_headers() -> None:
    data = bytes.fromhex("49020131433452") + b"JFBG8FC123456"
    for reply, unit, frames in (
        (b"7E8 10 14 49 02 01 31 43 34\r7E8 21 52 4A 46 42 47 38 46\r7E8 22 43 31 32 33 34 35 36\r", "7E8", 3),
        (b"014\r0: 49 02 01 31 43 34\r1: 52 4A 46 42 47 38 46\r2: 43 31 32 33 34 35 36\r", "", 3),
    ):
        assert parse(reply, VIN) == ((Message(unit, data),), None, frames)
    assert vin_of(parse(reply, VIN).messages) == "1C4RJFBG8FC123456"


def test_a_long_message_of_which_a_frame_is_lost_is_none() -> None:
    reply = b"7E8 10 14 49 02 01 31 43 34\r7E8 22 43 31 32 33 34 35 36\r"
    assert parse(reply, VIN).messages == ()


def test_more_than_fifteen_frames_are_counted_on_from_zero() -> None:
    data = b"\x43\x30" + bytes(range(1, 97))
    rest = [data[6 + at : 13 + at] for at in range(0, len(data) - 6, 7)]
    can = [f"7E81{len(data):03X}{data[:6].hex()}", *(f"7E82{n % 16:X}{part.hex()}" for n, part in enumerate(rest, 1))]
    own = [f"{len(data):03X}", f"0:{data[:6].hex()}", *(f"{n % 16:X}:{part.hex()}" for n, part in enumerate(rest, 1))]
    for lines in (can, own):
        [message] = parse("\r".join(lines).encode(), Request(3)).messages
        assert message.data == data
    assert len(codes(data[1:])) == 48


def test_messages_of_two_units_that_arrive_mixed_are_kept_apart_and_the_engines_comes_first() -> None:
    reply = (
        b"7E9 10 08 41 0C 00 00 0D FF\r7E8 10 08 41 0C 1A F8 0D 50\r7E9 21 05 28 AA AA AA AA AA\r"
        b"7E8 21 05 7B AA AA AA AA AA\r"
    )
    pids = [0x0C, 0x0D, 0x05]
    messages = parse(reply, current(pids)).messages
    assert [message.unit for message in messages] == ["7E8", "7E9"]
    assert data_by_pid(messages, pids) == {0x0C: b"\x1a\xf8", 0x0D: b"\x50", 0x05: b"\x7b"}


def test_a_value_that_the_first_unit_does_not_know_is_the_next_ones() -> None:
    messages = parse(b"7E8 03 41 0D FF\r7E9 03 41 0D 50\r", current([0x0D])).messages
    assert data_by_pid(messages, [0x0D]) == {0x0D: b"\x50"}


def test_several_values_are_read_up_to_where_they_are_cut_off() -> None:
    messages = parse(b"41 0C 1A F8 0D\r", TWO).messages
    assert data_by_pid(messages, [0x0C, 0x0D]) == {0x0C: b"\x1a\xf8"}


def test_a_short_answer_is_no_value() -> None:
    assert data_by_pid(parse(b"41 0C 1A\r", RPM).messages, [0x0C]) == {}


def test_a_number_behind_the_request_is_part_of_its_echo() -> None:
    assert lines_of(b"010C1\r41 0C 1A F8\r", "010C1") == ["41 0C 1A F8"]


@pytest.mark.parametrize("pid", sorted(PIDS))
def test_all_bits_set_are_no_value_where_the_field_can_be_unknown(pid: int) -> None:
    unknown = b"\xff" * PIDS[pid].size
    # Of percentages 255 is a full one.
    assert (value_of(pid, unknown) is None) == (PIDS[pid].unit != "%")


def test_pressure_is_in_the_catalogues_unit() -> None:
    assert groups_of({0x33: b"\x65", 0x0B: b"\x65"}) == {
        "climate": {"pressure_hPa": 1010}, "vehicle": {"manifold_pressure_kPa": 101},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("013300000000", ["P0133"]),  # Three, filled up.
        ("010301", ["P0301"]),  # One, counted.
        ("00", []),
        ("", []),
        ("000000000000", []),
        ("03013340A0C123", ["P0133", "C00A0", "U0123"]),
        ("05", []),
    ],
)
def test_fault_codes_are_read_counted_or_filled_up(data: str, found: list[str]) -> None:
    assert codes(bytes.fromhex(data)) == found


def test_fault_codes_of_several_units_are_each_listed_once() -> None:
    assert codes_of_all([b"\x01\x03\x01", b"\x02\x03\x01\x01\x33"]) == ["P0133", "P0301"]


def test_the_number_of_a_car_on_older_wires_comes_in_five_messages_in_any_order() -> None:
    lines = [
        "49 02 03 30 30 30 30",
        "49 02 01 00 00 00 57",
        "49 02 02 42 41 30 30",
        "49 02 04 30 30 30 30",
        "49 02 05 30 30 30 31",
    ]
    assert vin_of(parse("\r".join(lines).encode(), VIN).messages) == "WBA00000000000001"


def test_a_number_of_a_car_with_letters_that_are_none_is_unknown() -> None:
    assert vin_of([Message("", b"\x49\x02\x01" + b"\xff" * 17)]) is None


def frames() -> list[dict[str, Any]]:
    return [json.loads(line) for file in sorted(FIXTURES.glob("*.jsonl")) for line in file.read_text().splitlines()]


def test_the_frames_of_real_cars_mean_what_they_should() -> None:
    meaning = json.loads((FIXTURES / "meaning.json").read_text())
    found: dict[str, Any] = {}
    for frame in frames():
        raw = bytes.fromhex(frame["request"])
        messages = parse(frame["response"].encode(), Request(raw[0], tuple(raw[1:]))).messages
        if raw == b"\x01\x00":
            found["0100"] = supported(0, messages[0].data[2:])
        elif raw[:1] == b"\x01" and raw[1] in PIDS:
            [(group, values)] = groups_of(data_by_pid(messages, [raw[1]])).items()
            found[frame["request"]] = {f"{group}.{key}": value for key, value in values.items()}
        elif raw[:1] == b"\x03":
            found["03"] = codes_of_all(message.data[1:] for message in messages)
        elif raw[:1] == b"\x09":
            found["0902"] = vin_of(messages)
    assert found == meaning


@given(st.binary(max_size=200), st.sampled_from([RPM, TWO, VIN, Request(3), current([0])]))
def test_noise_is_never_an_error(noise: bytes, request: Request) -> None:
    found = parse(noise, request)
    assert found.messages or found.problem
    data_by_pid(found.messages, request.pids)
    vin_of(found.messages)
    codes_of_all(message.data[1:] for message in found.messages)


@given(st.text(alphabet="0123456789ABCDEF: \r7E8>", max_size=120))
def test_lines_of_digits_are_never_an_error(text: str) -> None:
    found = parse(text.encode(), VIN)
    assert found.messages or found.problem


@given(st.lists(st.binary(min_size=1, max_size=5), max_size=20), st.integers(1, 7))
def test_replies_are_the_same_in_whatever_pieces_they_arrive(parts: list[bytes], size: int) -> None:
    whole = b"".join(parts).replace(b">", b"") + b"\r>"
    reader = ReplyReader()
    found = [reader.feed(whole[at : at + size]) for at in range(0, len(whole), size)]
    assert [each for each in found if each is not None] == [whole[:-1]]


def test_noise_without_end_takes_no_more_memory_than_a_reply() -> None:
    reader = ReplyReader()
    for _ in range(3):
        assert reader.feed(b"x" * MAX_REPLY_BYTES) is None
    assert len(reader.without_prompt()) == MAX_REPLY_BYTES


def test_fast_values_are_asked_in_each_round_and_slow_ones_in_turn() -> None:
    schedule = Schedule([0x0C, 0x0D, 0x05, 0x2F, 0x46], slow_every=30)
    assert schedule.next(0, slow=2) == [0x0C, 0x0D, 0x05, 0x2F]
    assert schedule.next(1, slow=2) == [0x0C, 0x0D, 0x46]
    assert schedule.next(2, slow=2) == [0x0C, 0x0D]
    assert schedule.next(30, slow=6) == [0x0C, 0x0D, 0x05, 0x2F]
    schedule.drop(0x0D)
    schedule.drop(0x46)
    assert schedule.next(99, slow=6) == [0x0C, 0x05, 0x2F]
