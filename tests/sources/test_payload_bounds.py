"""What a parser makes of a payload is bounded, however little the payload weighs."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest

from iot_hub.errors import TooManyItemsError
from iot_hub.event import Event, Rejected
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.sources.bounds import MOST_VALUES

NOW = 1_755_861_753_000_000
HERE = ParseContext(NOW)
FEW = ParseContext(NOW, most_items=3)
NDJSON = msgspec.structs.replace(FEW, content_type="application/x-ndjson")
OBJECT = b'{"a":1}'


@pytest.mark.parametrize(
    ("source", "context", "body"),
    [
        ("hub", FEW, lambda count: b"[" + b",".join([OBJECT] * count) + b"]"),
        ("hub", FEW, lambda count: b"\n".join([OBJECT] * count)),
        ("hub", NDJSON, lambda count: b"\n".join([OBJECT] * count)),
        ("hub", NDJSON, lambda count: OBJECT * count),
        ("automate", FEW, lambda count: OBJECT * count),
        ("owntracks", FEW, lambda count: b"[" + b",".join([OBJECT] * count) + b"]"),
        ("homeassistant", FEW, lambda count: b"[" + b",".join([b'{"entity_id":"a"}'] * count) + b"]"),
        ("gpslogger", FEW, lambda count: b"[" + b",".join([OBJECT] * count) + b"]"),
        ("osmand", FEW, lambda count: b"[" + b",".join([OBJECT] * count) + b"]"),
        ("osmand", FEW, lambda count: b'{"location":[' + b",".join([b'{"coords":{}}'] * count) + b"]}"),
        ("overland", FEW, lambda count: b'{"locations":[' + b",".join([OBJECT] * count) + b"]}"),
        ("sensorlogger", FEW, lambda count: b'{"payload":[' + b",".join([OBJECT] * count) + b"]}"),
    ],
)
def test_a_source_takes_as_many_parts_as_it_may_and_no_more(
    source: str, context: ParseContext, body: Callable[[int], bytes]
) -> None:
    assert len(SOURCES[source](body(3), context)) == 3
    with pytest.raises(TooManyItemsError):
        SOURCES[source](body(4), context)


MANY = b"[" + b",".join([b"[]"] * MOST_VALUES) + b"]"


@pytest.mark.parametrize(
    ("source", "payload"),
    [
        ("hub", b'{"device_timestamp":1755861753,"properties":{"a":%b}}' % MANY),
        ("owntracks", b'{"_type":"location","a":%b}' % MANY),
        ("homeassistant", b'{"type":"update_sensor_states","data":%b}' % MANY),
        ("overland", b'{"locations":[{"properties":{"a":%b}}]}' % MANY),
        ("gpslogger", b'{"lat":1,"lon":2,"a":%b}' % MANY),
        ("osmand", b'{"id":"1","lat":1,"lon":2,"a":%b}' % MANY),
        ("sensorlogger", b'{"payload":[{"name":"x","time":1,"values":{"a":%b}}]}' % MANY),
    ],
)
def test_one_event_of_very_many_values_is_rejected_with_the_reason(source: str, payload: bytes) -> None:
    [rejected] = SOURCES[source](payload, HERE)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "too_many_values"
    [item] = SOURCES[source](payload.replace(MANY, b"[[]]"), HERE)
    assert isinstance(item, Event)


def test_readings_that_share_no_key_are_no_table() -> None:
    """A table of them would have a null for each reading and each key: the square of what came."""

    def message(key: Callable[[int], str]) -> bytes:
        readings = [{"name": "own", "time": NOW * 1000, "values": {key(at): 1}} for at in range(2_000)]
        return json.dumps({"payload": readings}).encode()

    apart = SOURCES["sensorlogger"](message(lambda at: f"k{at}"), HERE)
    assert len(apart) == 2_000
    [together] = SOURCES["sensorlogger"](message(lambda _: "x"), HERE)
    assert isinstance(together, Event)


def test_what_locations_share_is_not_repeated_without_end() -> None:
    def message(name: str) -> bytes:
        return json.dumps({"device_id": name, "location": [{"coords": {"latitude": 1, "longitude": 2}}] * 3}).encode()

    assert [type(item) for item in SOURCES["osmand"](message("car"), HERE)] == [Event] * 3
    [rejected] = SOURCES["osmand"](message("c" * 10_000), HERE)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "too_large"


@pytest.mark.parametrize(("text", "holds"), [(r"\u0000", True), (r"\\\u0000", True), (r"\\u0000", False), ("0", False)])
def test_a_nul_is_found_behind_any_number_of_backslashes(text: str, holds: bool) -> None:
    [item] = SOURCES["hub"](b'{"device_timestamp":1755861753,"properties":{"a":"%b"}}' % text.encode(), HERE)
    assert isinstance(item, Rejected) is holds
