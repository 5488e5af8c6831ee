"""Sources: payloads in, events out, and a reason for what is neither."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.event import Event, Rejected
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.sources.storable import NotStorableError, check_decoded, check_properties
from iot_hub.timestamps import DeviceTimeError, from_iso, from_unix, isoformat

NOW = 1_758_000_000_000_000
HERE = ParseContext(received_at=NOW)
READING = {"device_timestamp": 1755861753, "properties": {"battery": {"temperature_C": 28.7}}}


def body(**changes: Any) -> bytes:
    return json.dumps({**READING, **changes}).encode()


def parse(payload: bytes, source: str = "hub", context: ParseContext = HERE) -> list[Any]:
    return SOURCES[source](payload, context)


def reason(payload: bytes) -> str:
    [item] = parse(payload)
    assert isinstance(item, Rejected)
    assert item.payload == payload
    return item.reason


@pytest.mark.parametrize(
    ("given_time", "seconds"),
    [
        (1755861753, 1755861753),
        (1755861753.25, 1755861753.25),
        (1755861753.123456, 1755861753.123456),
        (1755861753250, 1755861753.25),
        (1755861753250001, 1755861753.250001),
        (1755861753250001999, 1755861753.250001),
        ("1755861753", 1755861753),
        ("1755861753.5", 1755861753.5),
        ("2025-08-22T13:22:33+02:00", 1755861753),
    ],
)
def test_a_device_time_is_understood_in_any_unit(given_time: object, seconds: float) -> None:
    [event] = parse(body(device_timestamp=given_time))
    assert event.device_time == round(seconds * 1e6)


@pytest.mark.parametrize(
    ("given_time", "why"),
    [
        (0, "time_too_old"),
        (-5, "time_too_old"),
        (-1.7976931348623155e308, "time_too_old"),
        (1.7976931348623155e308, "time_in_future"),
        (NOW / 1e6 + 86_401, "time_in_future"),
        (9_000_000_000_000_000_000, "time_in_future"),
        ("2025-08-22T13:22:33", "time_without_offset"),
        ("yesterday", "time_unreadable"),
        ("inf", "time_unreadable"),
        ("nan", "time_unreadable"),
        (10**400, "time_in_future"),
        (None, "time_missing"),
        (True, "wrong_type"),
        ([], "wrong_type"),
    ],
)
def test_an_impossible_device_time_is_rejected(given_time: object, why: str) -> None:
    assert reason(body(device_timestamp=given_time)) == why


def test_a_time_a_day_ahead_is_still_a_time() -> None:
    [event] = parse(body(device_timestamp=NOW / 1e6 + 86_399))
    assert isinstance(event, Event)


def test_an_iso_time_may_stand_in_a_field_of_its_own() -> None:
    [event] = parse(b'{"device_time": "2025-08-22T11:22:33.5Z", "properties": {}}')
    assert isoformat(event.device_time) == "2025-08-22T11:22:33.500000Z"


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b'"text"', "wrong_type"),
        (b"{}", "properties_missing"),
        (b'{"device_timestamp": 1755861753, "properties": null}', "properties_not_object"),
        (b'{"device_timestamp": 1755861753, "properties": [1]}', "properties_not_object"),
        (b'{"device_timestamp": 1755861753, "properties": {"a": 1e999}}', "number_too_large"),
        (b'{"device_timestamp": 1755861753, "properties": {"a": %s}}' % (b"9" * 1000), "number_too_large"),
        (b'{"device_timestamp": 1755861753, "properties": {"a": "\\u0000"}}', "nul_character"),
        (b'{"device_timestamp": 1755861753, "properties": {"\\u0000": 1}}', "nul_character"),
        (b'{"device_timestamp": 1755861753, "properties": {"a": "\xff"}}', "invalid_utf8"),
        (b'{"device_timestamp": 1755861753, "properties": {"a": %s}}' % (b"[" * 100 + b"]" * 100), "too_deep"),
        (b'{"device_timestamp": 1755861753, "properties": {"a": %s}}' % (b"[" * 9000 + b"]" * 9000), "too_deep"),
    ],
)
def test_what_the_database_would_choke_on_is_rejected_with_a_reason(payload: bytes, why: str) -> None:
    assert reason(payload) == why


@given(before=st.integers(0, 2_000), digits=st.integers(300, 320), after=st.integers(0, 500))
def test_a_number_of_310_digits_is_found_wherever_it_stands(before: int, digits: int, after: int) -> None:
    properties = b'{"a":"%s","b":1%se-30,"c":"%s"}' % (b"x" * before, b"0" * (digits - 1), b"x" * after)
    is_endless = digits >= 310
    for check in (check_properties, check_decoded):
        with pytest.raises(NotStorableError, match="number_too_large") if is_endless else nullcontext():
            check(properties)


def test_the_least_of_numbers_is_stored_as_the_database_writes_it() -> None:
    text = b'{"a": 0.%s2225073858507}' % (b"0" * 307)
    [event] = parse(b'{"device_timestamp":1755861753,"properties":' + text + b"}")
    assert event.properties == text


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    [event] = parse(b'{"device_timestamp": 1755861753, "properties": {"a": "\\\\u0000"}}')
    assert isinstance(event, Event)


def test_properties_travel_byte_for_byte() -> None:
    text = b'{ "b":1.0,"a":0.1000000000000000055511151231257827 }'
    [event] = parse(b'{"device_timestamp":1755861753,"properties":' + text + b"}")
    assert event.properties == text


@pytest.mark.parametrize("content_type", ["application/x-ndjson", "text/plain", ""])
def test_lines_are_read_one_by_one_and_a_bad_one_spoils_no_other(content_type: str) -> None:
    lines = b"\n".join([body(), b"", b"{broken", b" ", body(device_timestamp=1755861754)])
    first, bad, last = parse(lines, context=ParseContext(NOW, content_type))
    assert isinstance(first, Event) and isinstance(last, Event)
    assert (bad.index, bad.reason) == (1, "not_json")


def test_an_array_is_read_item_by_item() -> None:
    first, bad = parse(b"[" + body() + b', {"x": 1}]')
    assert isinstance(first, Event)
    assert (bad.index, bad.reason) == (1, "properties_missing")


def test_a_pretty_printed_reading_is_one_reading() -> None:
    [event] = parse(json.dumps(READING, indent=2).encode())
    assert isinstance(event, Event)


def test_the_first_betas_payload_is_one_event() -> None:
    [event] = parse(body(device_id=1), "automate")
    assert (event.device, event.device_time, event.source) == (1, 1755861753_000000, "automate")


@given(payload=st.binary(max_size=200), source=st.sampled_from(sorted(SOURCES)), ndjson=st.booleans())
def test_a_source_never_raises(payload: bytes, source: str, ndjson: bool) -> None:
    parse(payload, source, ParseContext(NOW, "application/x-ndjson" if ndjson else ""))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(reading=st.fixed_dictionaries({"device_timestamp": json_values, "properties": json_values}))
def test_a_source_gives_an_event_or_a_reason_for_any_json(reading: dict[str, Any]) -> None:
    [item] = parse(json.dumps(reading).encode())
    assert isinstance(item, Event | Rejected)


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2025, 9, 1)))
def test_every_unit_gives_the_same_microsecond(moment: datetime) -> None:
    exact = (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert from_unix(exact, NOW) == exact
    assert from_unix(exact / 1e6, NOW) == exact
    assert from_unix(exact * 1000, NOW) == exact
    assert from_iso(moment.isoformat() + "+00:00", NOW) == exact


def test_a_refused_time_says_why() -> None:
    with pytest.raises(DeviceTimeError, match="time_too_old"):
        from_unix(1, NOW)
