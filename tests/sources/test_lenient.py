"""One bad value spoils one value, one bad item one item, whatever the source and whatever the neighbours hold."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import FIXTURES

from iot_hub.event import Event, ParseResult, Rejected
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.sources.lenient import MOST_REPAIRED, members_of, repaired, values_of

pytestmark = pytest.mark.pure

NOW = 1_758_000_000_000_000
AT = 1_757_000_000
ISO = "2025-09-04T15:33:2{}Z"


def parse(source: str, body: bytes, content_type: str = "") -> list[ParseResult]:
    return SOURCES[source](body, ParseContext(NOW, content_type))


def stored(results: list[ParseResult]) -> list[dict[str, Any]]:
    return [json.loads(item.properties, parse_constant=pytest.fail) for item in results if isinstance(item, Event)]


def rejected(results: list[ParseResult]) -> list[tuple[bytes, str]]:
    return [(item.payload, item.reason) for item in results if isinstance(item, Rejected)]


@pytest.mark.parametrize("file", ["batch.json", "batch_none.json"])
def test_a_feature_with_a_nan_is_stored_without_its_altitude_like_its_neighbours(file: str) -> None:
    results = parse("overland", (FIXTURES / "field/05-overland-nan" / file).read_bytes())
    altitudes = [each["location"].get("altitude_m") for each in stored(results)]
    assert sorted(altitudes, key=str) == [101.5] * 4 + [None]
    [unknown] = [each["overland"] for each in stored(results) if "altitude_m" not in each["location"]]
    assert unknown["properties"]["altitude"] is None


Wrap = Callable[[list[bytes]], bytes]
# A batch of each source: one item with a number to be spoilt, and what is around the items.
BATCHES: dict[str, tuple[str, Callable[[int], bytes], Wrap]] = {
    "overland": (
        "overland",
        lambda n: b'{"geometry":{"coordinates":[21.0,52.1]},"properties":{"timestamp":"2025-09-04T15:33:2%dZ","altitude":7.5}}' % n,
        lambda items: b'{"current":{},"locations":[%b],"trip":null}' % b",".join(items),
    ),
    "sensorlogger": (
        "sensorlogger",
        lambda n: b'{"name":"light","time":%d000000000,"values":{"lux":7.5}}' % (AT + n),
        lambda items: b'{"messageId":1,"payload": [%b], "deviceId":"d"}' % b",\n".join(items),
    ),
    "owntracks": (
        "owntracks",
        lambda n: b'{"_type":"location","lat":52.1,"lon":21,"tst":%d,"alt":7.5}' % (AT + n),
        lambda items: b"[%b]" % b",".join(items),
    ),
    "homeassistant": (
        "homeassistant",
        lambda n: b'{"entity_id":"sensor.a%d","state":7.5,"unit":"V","last_changed":"2025-09-04T15:33:2%dZ"}' % (n, n),
        lambda items: b"[%b]" % b" , ".join(items),
    ),
    "an array of the hub's": (
        "hub",
        lambda n: b'{"device_timestamp":%d,"properties":{"climate":{"temperature_C":7.5}}}' % (AT + n),
        lambda items: b"[\n%b\n]" % b",\n".join(items),
    ),
    "lines of the hub's": (
        "hub",
        lambda n: b'{"device_timestamp":%d,"properties":{"climate":{"temperature_C":7.5}}}' % (AT + n),
        b"\n".join,
    ),
    "a flow's file": (
        "automate",
        lambda n: b'{"device_id":1,"device_timestamp":%d,"properties":{"climate":{"temperature_C":7.5}}}' % (AT + n),
        b"".join,
    ),
    "gpslogger": (
        "gpslogger",
        lambda n: b'{"lat":52.1,"lon":21,"time":%d,"alt":7.5}' % (AT + n),
        lambda items: b"[%b]" % b",".join(items),
    ),
    "osmand": (
        "osmand",
        lambda n: b'{"id":"1","lat":52.1,"lon":21,"timestamp":%d,"altitude":7.5}' % (AT + n),
        lambda items: b"[%b]" % b",".join(items),
    ),
    "traccar's batch": (
        "osmand",
        lambda n: b'{"timestamp":"2025-09-04T15:33:2%dZ","coords":{"latitude":52.1,"longitude":21,"altitude":7.5}}' % n,
        lambda items: b'{"location":[%b],"device_id":"1"}' % b",".join(items),
    ),
}  # fmt: skip
EVERY_BATCH = pytest.mark.parametrize(("source", "item", "wrap"), BATCHES.values(), ids=BATCHES)
Item = Callable[[int], bytes]


@EVERY_BATCH
@pytest.mark.parametrize(
    "nothing",
    [b"NaN", b"nan", b"-NaN", b"Infinity", b"-Infinity", b"inf", b"-inf", b"None", b"undefined", b"NULL", b"1.#QNAN",
     b"unavailable", b"unknown", b"", b" "],
)  # fmt: skip
def test_what_is_no_number_is_absent(source: str, item: Item, wrap: Wrap, nothing: bytes) -> None:
    good = parse(source, wrap([item(0), item(1), item(2)]))
    results = parse(source, wrap([item(0), item(1).replace(b"7.5", nothing), item(2)]))
    assert len(stored(results)) == len(stored(good)) >= 3
    assert rejected(results) == rejected(good)
    assert b"7.5" not in b"".join(each.properties for each in results if isinstance(each, Event) and times(each) == 1)


def times(event: Event) -> int:
    return (event.device_time // 1_000_000 - AT) % 10


@EVERY_BATCH
@pytest.mark.parametrize("sent", [b"True", b"7.5,", b'"\\ud83d"', b'"a\tb"', b'"C:\\dir"', b"[7.5,]", b"7.5,,"])
def test_an_item_that_can_be_repaired_is_stored(source: str, item: Item, wrap: Wrap, sent: bytes) -> None:
    results = parse(source, wrap([item(0), item(1).replace(b"7.5", sent), item(2)]))
    assert len(stored(results)) == len(stored(parse(source, wrap([item(0), item(1), item(2)]))))


@EVERY_BATCH
@pytest.mark.parametrize(
    "harm",
    [
        lambda item: item.replace(b"7.5", b"7.5.5"),
        lambda item: item.replace(b"7.5", b"{7.5"),
        lambda item: item.replace(b"7.5", b"[7.5"),
        lambda item: item.replace(b"7.5", b'"7.5'),
        lambda item: item.replace(b"7.5", b'7.5"'),
        lambda item: item.replace(b"7.5", b"7,5"),
        lambda item: item.replace(b"7.5", b"garbage here"),
        lambda item: item.replace(b"7.5", b'"\xff"'),
        lambda item: item.replace(b"7.5", b"9" * 400),
        lambda item: item.replace(b"7.5", b"1e999"),
        lambda item: item.replace(b"7.5", b"[" * 3_000 + b"]" * 3_000),
        lambda item: item.replace(b"7.5", b'"a\\u0000"'),
        lambda item: item.replace(b'":', b'"', 1),
    ],
)
def test_an_item_that_can_not_be_repaired_is_rejected_alone(
    source: str, item: Item, wrap: Wrap, harm: Callable[[bytes], bytes]
) -> None:
    harmed = harm(item(1))
    results = parse(source, wrap([item(0), harmed, item(2)]))
    kept = {times(each) for each in results if isinstance(each, Event)}
    assert {0, 2} <= kept
    pieces = b"".join(payload for payload, _ in rejected(results))
    assert 1 in kept or without_separators(harmed) in without_separators(pieces)


def without_separators(text: bytes) -> bytes:
    return text.translate(None, b" \t\n\r\x0b\x0c,[]")


@EVERY_BATCH
def test_a_torn_end_loses_the_torn_item_alone_wherever_it_is(source: str, item: Item, wrap: Wrap) -> None:
    whole = wrap([item(0), item(1), item(2)])
    first_end = whole.index(item(0)) + len(item(0))
    second_end = whole.index(item(1)) + len(item(1))
    for length in range(first_end + 1, len(whole)):
        results = parse(source, whole[:length])
        kept = {times(each) for each in results if isinstance(each, Event) and each.time_source == "measured"}
        assert {0} | ({1} if length > second_end else set()) <= kept, whole[:length]


@EVERY_BATCH
def test_an_item_that_lacks_its_last_bracket_spoils_no_other(source: str, item: Item, wrap: Wrap) -> None:
    results = parse(source, wrap([item(0), item(1)[:-1], item(2)]))
    assert {0, 2} <= {times(each) for each in results if isinstance(each, Event)}
    results = parse(source, wrap([item(0), item(1) + b"}", item(2)]))
    assert {0, 2} <= {times(each) for each in results if isinstance(each, Event)}


@pytest.mark.parametrize("source", ["overland", "sensorlogger", "an array of the hub's", "owntracks"])
def test_bodies_that_follow_each_other_lose_nothing(source: str) -> None:
    name, item, wrap = BATCHES[source]
    results = parse(name, wrap([item(0)]) + wrap([item(1)]))
    assert {times(each) for each in results if isinstance(each, Event)} >= {0}
    assert len(stored(results)) >= 2 or any(item(1) in payload for payload, _ in rejected(results))


def test_all_of_a_phones_sensors_but_the_torn_one_are_read() -> None:
    body = b'{"type":"update_sensor_states","data":[{"unique_id":"battery_level","state":61},{"unique_id":"steps_se'
    results = parse("homeassistant", body)
    assert [each["battery"] for each in stored(results)] == [{"remaining_percent": 61}]
    assert rejected(results) == [(b'{"unique_id":"steps_se', "not_json")]


def test_a_reading_that_was_repaired_is_named_in_the_receipt() -> None:
    [good, odd] = parse(
        "hub",
        b'[{"device_timestamp":1757000000,"properties":{}},{"device_timestamp":1757000001,"properties":{"a":NaN}}]',
    )
    assert isinstance(good, Event)
    assert isinstance(odd, Event)
    assert (good.warning, odd.warning, odd.properties) == (None, "repaired", b'{"a":null}')


def test_a_position_of_which_one_half_is_no_number_is_rejected_alone() -> None:
    _, item, wrap = BATCHES["overland"]
    results = parse("overland", wrap([item(0), item(1).replace(b"21.0", b"NaN"), item(2)]))
    assert [reason for _, reason in rejected(results) if reason != "properties_missing"] == ["position_unreadable"]


@pytest.mark.parametrize(
    ("text", "json_text"),
    [
        (b'{"a":"NaN, None,","b":[1,]}', b'{"a":"NaN, None,","b":[1]}'),
        (b'{"a":[NaN,,-inf , Infinity]}', b'{"a":[null,null,null ,null]}'),
        (b'{,"a":1,,"b":2,}', b'{"a":1,"b":2}'),
        (b'{"a":True,"b":FALSE,"c":None}', b'{"a":true,"b":false,"c":null}'),
        (rb'{"a":"\ud83d\ude00 \\ud83d \udc00"}', rb'{"a":"\ud83d\ude00 \\ud83d \ufffd"}'),
    ],
)
def test_a_text_is_repaired_outside_its_strings(text: bytes, json_text: bytes) -> None:
    assert repaired(text) == json_text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
objects = st.dictionaries(st.text(max_size=8), json_values, max_size=4)


@given(value=objects, indent=st.sampled_from([None, 0, 2]), ascii_only=st.booleans())
def test_json_is_never_changed_by_a_repair(value: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    if not any("\ud800" <= each <= "\udfff" for each in json.loads(text).__repr__()):
        assert json.loads(repaired(text.encode("utf-8", "surrogatepass"))) == value


@given(values=st.lists(objects, max_size=5), indent=st.sampled_from([None, 1]))
def test_an_array_is_split_into_its_items(values: list[Any], indent: int | None) -> None:
    text = json.dumps(values, indent=indent).encode()
    assert [json.loads(each) for each in values_of(text)] == values


@given(
    value=st.dictionaries(
        st.text(max_size=8).filter(lambda name: '"' not in json.dumps(name)[1:-1]), json_values, max_size=4
    )
)
def test_an_object_is_split_into_its_members(value: dict[str, Any]) -> None:
    members = members_of(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    assert len(members.texts) <= len(value)
    assert members.rest == b""


pieces = st.lists(
    st.sampled_from([b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b'"a"', b"NaN", b"1", b" ", b'{"a":1}', b"\xff"]),
    max_size=40,
).map(b"".join)


@given(text=pieces | st.binary(max_size=60))
def test_no_byte_of_any_text_is_lost_when_it_is_split(text: bytes) -> None:
    assert without_separators(b"".join(values_of(text))) == without_separators(text)


@pytest.mark.parametrize(
    "text",
    [
        b'["' + b'\\"' * 200_000, b'["' + b'\\"' * 200_000 + b'"a', b"[" + b"," * 400_000, b"[:" + b" " * 400_000 + b"5",
        b'{"a":[' * 70_000, b"[" + b"}" * 400_000, b'"a"b' * 100_000, b"{" + b'"a":[],' * 60_000, b'"   a' * 80_000,
        b"[{" + b'"a":' * 100_000, b'[{"a":1],' * 50_000, b"{" * 400_000,
    ],
)  # fmt: skip
def test_no_text_takes_longer_than_its_length(text: bytes) -> None:
    started = time.process_time()
    for _ in zip(values_of(text), range(20_000), strict=False):
        pass
    members_of(text)
    repaired(text[:MOST_REPAIRED])
    assert time.process_time() - started < 4
