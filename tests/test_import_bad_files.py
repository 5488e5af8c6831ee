"""Whatever a file holds, no reader raises: it gives events, reasons, or one clear line."""

from __future__ import annotations

import contextlib

import pytest
from fixture_meaning import FILE, fixtures
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from imports import read

from iot_hub.errors import UserError
from iot_hub.event import Event, Rejected
from iot_hub.importing.formats import FORMATS
from iot_hub.importing.recognition import recognised
from iot_hub.importing.record import Ignored
from iot_hub.sources.storable import check_properties

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
