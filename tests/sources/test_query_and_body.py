"""A query and the body beside it are one message, and no message is forgotten without a trace."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import FIXTURES

from iot_hub.event import Event, ParseResult, Rejected
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.sources.form import join, split_pairs

pytestmark = pytest.mark.pure

NOW = 1_795_900_000_000_000
CASE = FIXTURES / "field/16-query-and-body"
SAID = {"lat": "52.49701", "lon": "20.99701", "time": "2026-11-28T09:50:00.000Z", "id": "abc"}
BOTH = pytest.mark.parametrize("source", ["gpslogger", "osmand"])


def parse(source: str, query: str, body: bytes) -> list[ParseResult]:
    return SOURCES[source](join(query.encode(), body), ParseContext(NOW))


def only(source: str, query: str, body: bytes) -> dict[str, Any]:
    [event] = parse(source, query, body)
    assert isinstance(event, Event), event
    return {"at": event.device_time / 1e6, "device": event.device, **json.loads(event.properties)}


def test_the_fix_of_a_query_is_kept_whatever_the_body_adds() -> None:
    query = (CASE / "url.txt").read_text().strip().partition("?")[2]
    bodies = [(CASE / "body.json").read_bytes(), *(CASE / "bodies.txt").read_bytes().split(b"\n")]
    for body in bodies:
        told = only("gpslogger", query, body)
        assert (told["at"], told["location"]["latitude"], told["location"]["longitude"]) == (
            1795859400, 52.49701, 20.99701,
        ), body  # fmt: skip
    told = only("gpslogger", query, bodies[0])
    assert (told["battery"], told["location"]["satellites"]) == ({"remaining_percent": 61}, 9)
    assert told["gpslogger"]["travelled"] == 0


def test_empty_fields_are_absent() -> None:
    query = (CASE / "empty_fields.txt").read_text().strip().partition("?")[2]
    told = only("gpslogger", query, b"")
    assert told["location"] == {
        "latitude": 52.49801, "longitude": 20.99801, "fix_provider": "gps", "fix_accuracy_m": 12,
    }  # fmt: skip
    assert not {"battery", "motion", "event"} & told.keys()


def multipart(fields: dict[str, str], boundary: str = "----Form7x") -> bytes:
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return ("".join(parts) + f"--{boundary}--\r\n").encode()


@BOTH
@pytest.mark.parametrize(
    "form",
    [
        multipart,
        lambda fields: multipart(fields).replace(b"\r\n", b"\n"),
        lambda fields: urlencode(fields).encode(),
        lambda fields: json.dumps(fields).encode(),
    ],
)
def test_a_form_may_come_in_any_encoding_alone_or_in_parts(source: str, form: Any) -> None:
    whole = only(source, "", form(SAID))
    assert (whole["at"], whole["device"], whole["location"]["latitude"]) == (1795859400, "abc", 52.49701)
    position, rest = dict(list(SAID.items())[:2]), dict(list(SAID.items())[2:])
    for query, body in ((position, rest), (rest, position)):
        told = only(source, urlencode(query), form(body))
        assert {**told, source: None} == {**whole, source: None}
        assert told[source] == SAID


@BOTH
def test_the_query_comes_first_and_an_empty_field_hides_nothing(source: str) -> None:
    for body in (b'{"lat":1,"lon":2,"batt":null}', b"lat=1&lon=2&batt=", multipart({"lat": "1", "batt": ""})):
        assert only(source, urlencode({**SAID, "batt": "7"}), body)["location"]["latitude"] == 52.49701
        assert only(source, urlencode({**SAID, "batt": "7"}), body)["battery"]["remaining_percent"] == 7
    assert only(source, urlencode({**SAID, "lat": "", "batt": "7"}), b'{"lat":50.5}')["location"]["latitude"] == 50.5


@BOTH
def test_of_a_batch_each_reading_comes_first_and_the_query_adds_to_it(source: str) -> None:
    body = b'[{"lat":1,"lon":2,"time":1795859400},{"lat":3,"lon":4,"time":1795859401,"id":"own"},{"lat":5,"lon":6},{broken]'
    results = parse(source, urlencode({**SAID, "batt": "7"}), body)
    events = [item for item in results if isinstance(item, Event)]
    assert [(event.device, json.loads(event.properties)["location"]["latitude"]) for event in events] == [
        ("abc", 1), ("own", 3), ("abc", 5),
    ]  # fmt: skip
    assert {json.loads(event.properties)["battery"]["remaining_percent"] for event in events} == {7}
    assert [item.payload for item in results if isinstance(item, Rejected)] == [b"{broken"]


@BOTH
@pytest.mark.parametrize("body", [b'{"lat":1', b"[{", multipart({"lat": "1"})[:-9], b'[{"lat":'])
def test_a_body_that_can_not_be_read_is_rejected_beside_the_fix_of_its_query(source: str, body: bytes) -> None:
    [event, rejected] = parse(source, urlencode(SAID), body)
    assert isinstance(event, Event)
    assert json.loads(event.properties)["location"]["latitude"] == 52.49701
    assert isinstance(rejected, Rejected)
    assert rejected.payload == body.lstrip(b"[").strip() or rejected.payload == body.strip()


def test_a_body_without_the_position_hides_no_position_of_the_query() -> None:
    body = b'{"location":{"battery":{"level":0.5}},"device_id":"777"}'
    assert only("osmand", urlencode(SAID), body)["location"]["latitude"] == 52.49701
    whole = b'{"location":{"timestamp":"2026-11-28T09:50:00Z","coords":{"latitude":1,"longitude":2}},"device_id":"777"}'
    assert only("osmand", "id=777", whole)["location"] == {"latitude": 1, "longitude": 2}


@BOTH
@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", b""), ("", b" "), ("", b"{}"), ("", b"[]"), ("", b"null"), ("", b"x=1"), ("", b"lat=&lon="), ("x=1", b"{}"),
        ("x=1", b"y=2"), ("foo", b"bar"), ("", b'{"location":[]}'), ("", multipart({"x": "1"})), ("x=1", b'{"lat":null}'),
    ],
)  # fmt: skip
def test_what_says_nothing_is_rejected_and_kept_whole(source: str, query: str, body: bytes) -> None:
    [rejected] = parse(source, query, body)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "nothing_told"
    assert query.encode() in rejected.payload
    assert body.strip() in rejected.payload


@BOTH
def test_what_was_rejected_is_read_the_same_again(source: str) -> None:
    for query, body in (("x=1", b"{}"), ("lat=1&lon=2&desc=%00", b'{"batt":5}'), ("lat=%00", multipart({"lon": "1"}))):
        [rejected] = parse(source, query, body)
        assert isinstance(rejected, Rejected)
        assert SOURCES[source](rejected.payload, ParseContext(NOW)) == [rejected]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("desc=%C5%81%C3%B3d%C5%BA", "Łódź"),
        ("desc=Łódź", "Łódź"),
        ("desc=Caf%E9", "Café"),
        ("desc=%F0%9F%9A%B2+%E6%97%A5%E6%9C%AC", "🚲 日本"),
    ],
)
def test_a_note_may_be_of_any_letters(query: str, text: str) -> None:
    assert only("gpslogger", f"lat=52.77&lon=21.27&{query}", b"")["event"]["text"] == text
    assert only("gpslogger", "lat=52.77&lon=21.27", query.encode())["event"]["text"] == text


def test_a_form_in_latin_1_is_read() -> None:
    assert only("gpslogger", "", b"lat=52.77&lon=21.27&desc=Caf\xe9")["event"]["text"] == "Café"


@BOTH
@pytest.mark.parametrize("time", ["١٧٩٥٨٥٩٤٠٠", "٢٠٢٦-١١-٢٨T٠٩:٥٠:٠٠Z"])
def test_digits_are_read_in_any_script(source: str, time: str) -> None:
    told = only(source, urlencode({"lat": "٥٢.٤٩٧٠١", "lon": "२०.९९७०१", "time": time}), b"")
    assert (told["at"], told["location"]["latitude"], told["location"]["longitude"]) == (1795859400, 52.49701, 20.99701)


def test_a_file_in_a_form_is_no_field() -> None:
    body = multipart({"lat": "1", "lon": "2", "x": "3"}).replace(b'name="x"', b'name="x"; filename="x.jpg"')
    assert only("gpslogger", "", body)["gpslogger"] == {"lat": "1", "lon": "2"}


def test_a_form_of_very_many_fields_is_rejected() -> None:
    for body in (multipart({f"f{n}": "1" for n in range(501)}), b"&".join(b"f%d=1" % n for n in range(501))):
        [rejected] = parse("gpslogger", "", body)
        assert isinstance(rejected, Rejected)


@given(st.text("ab%20c3b3ń+=&;", max_size=40))
def test_pairs_are_read_as_the_standard_library_reads_them(text: str) -> None:
    def standard(encoding: str) -> list[tuple[str, str]] | None:
        try:
            return parse_qsl(text, keep_blank_values=True, encoding=encoding, errors="strict")
        except UnicodeDecodeError:
            return None

    def ours(encoding: str) -> list[tuple[str, str]] | None:
        try:
            return split_pairs(text.split("&"), encoding)
        except UnicodeDecodeError:
            return None

    for encoding in ("utf-8", "latin-1"):
        assert ours(encoding) == standard(encoding)
