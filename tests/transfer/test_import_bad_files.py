"""Whatever a file holds, no reader raises: it gives events, reasons, or one clear line."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

import pytest
from fixture_meaning import FILE, fixtures
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from imports import read

from iot_hub.errors import UserError
from iot_hub.event import Event, Rejected
from iot_hub.sources.storable import check_properties
from iot_hub.transfer.imports.formats import FORMATS
from iot_hub.transfer.imports.gpx_points import CONTAINERS, NAMES, points
from iot_hub.transfer.imports.recognition import recognised
from iot_hub.transfer.imports.record import BrokenFileError, Ignored
from iot_hub.transfer.imports.stream import Stream, buffered
from iot_hub.transfer.imports.xml_stream import Named, records

FILES = [each.payload.read_bytes() for each in fixtures(kinds=FILE)]
KML = b"<kml><Placemark><Track><when>2024-06-15T10:30:00Z</when><coord>21 52 1</coord></Track></Placemark></kml>"
OWN = b'{"device":"a","device_time":"2024-06-15T10:30:00Z","source":"hub","properties":{"a":1}}\n'
TOKENS = [b"{", b"[", b'"', b"null", b"1e999", b"\\u0000", b"\\ud800", b"\xff", b"\0", b"\n", b"9" * 400, b"NaN", b"[" * 90,
          b"<", b"&", b"</", b"&lt;", b",", b";", b"\t", b"-"]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A file with bytes changed, dropped, repeated and put in; perhaps cut off."""
    content = bytearray(draw(st.sampled_from([*FILES, KML, OWN])))
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(content)))
        end = min(start + draw(st.integers(0, 12)), len(content))
        new = draw(st.one_of(st.binary(max_size=6), st.just(bytes(content[start:end]) * 3), st.sampled_from(TOKENS)))
        content[start:end] = new
    return bytes(content[: draw(st.integers(0, len(content)))])


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=st.one_of(mutated(), st.binary(max_size=200)))
def test_no_file_makes_a_reader_raise_and_every_event_can_be_stored(format: str, content: bytes) -> None:
    recognised(content)
    with contextlib.suppress(UserError):
        for item in read(format, content):
            assert isinstance(item, Event | Rejected | Ignored)
            if isinstance(item, Event):
                check_properties(item.properties)


@pytest.mark.parametrize("content", FILES)
def test_a_file_that_is_cut_off_anywhere_gives_no_other_events(content: bytes) -> None:
    format = recognised(content) or ""
    with contextlib.suppress(UserError):
        whole = [item.device_time for item in read(format, content) if isinstance(item, Event)]
        for end in range(len(content) // 2, len(content), 97):
            cut = [item.device_time for item in read(format, content[:end]) if isinstance(item, Event)]
            # The last row of a table may be cut within a number: it can't be told.
            assert set(cut[:-1]) <= set(whole)


@pytest.mark.parametrize(
    ("format", "content"),
    [
        ("google-timeline", b'{"locations": [' + b"[" * 100_000),
        ("google-timeline", b'{"locations": [{"a": ' + b'{"a":' * 900),
        ("gpx", b"<gpx>" + b"<trkpt>" * 100_000),
        ("geojson", b'{"features": [{"properties": {"a": "' + b"x" * 20_000_000),
        ("csv", b"time,lat,lon\n" + b"x" * 20_000_000),
        ("events", b'{"device_time": "' + b"x" * 20_000_000),
    ],
)
def test_a_file_without_end_is_refused(format: str, content: bytes) -> None:
    assert [type(item) for item in read(format, content)] == [Rejected]


POINT = b'<trkpt lat="52.1" lon="21.2"><ele> 9.5</ele><time>2024-06-15T10:30:00Z</time><speed>1</speed></trkpt>\n'
PARTS = [POINT, b"<!-- ", b" -->", b"<![CDATA[", b"]]>", b"</trkseg><trkseg>", b"<ele>7</ele>", b"&lt;", b"\xc4\x85", b"\xff",
         b'<trkpt lat="1" lon="2">', b"</trkpt>", b"<x:speed xmlns:x='y'>3</x:speed>", b"\0", b"\x01", POINT.replace(b"9.5", b"\x01"), b"  ", b'<trkpt lat="52" />',
         POINT.replace(b"</ele>", b"&amp;</ele>"), POINT.replace(b"<ele>", b"<ele a='1'>")]  # fmt: skip


@hypothesis_settings(max_examples=400, deadline=None)
@given(
    parts=st.lists(st.sampled_from(PARTS), max_size=8),
    head=st.sampled_from([b"", b'<?xml version="1.0" encoding="latin-1"?>']),
)
def test_the_short_way_through_a_gpx_file_gives_what_the_parser_gives(parts: list[bytes], head: bytes) -> None:
    content = head + b"<gpx><trk><trkseg>" + b"".join(parts) + b"</trkseg></trk></gpx>"
    short, whole = (list(_until_broken(way(buffered(io.BytesIO(content))))) for way in (points, _parsed))
    if short[-1:] == whole[-1:] != ["broken"]:
        assert short == whole
    else:  # Where exactly a file breaks, the two may see a point sooner or later.
        assert short[-1] == whole[-1] == "broken"
        assert all(one == other for one, other in zip(short[:-1], whole[:-1], strict=False))


def _parsed(stream: Stream) -> Iterator[Named]:
    return records(stream, NAMES, CONTAINERS)


def _until_broken(items: Iterator[Named]) -> Iterator[Named | str]:
    try:
        yield from items
    except BrokenFileError:
        yield "broken"
