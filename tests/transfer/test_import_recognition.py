"""A file is of a format by what its records are, and never by its name or by an array's name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imports import events, read, reasons

from iot_hub.transfer.imports.json_outline import outline
from iot_hub.transfer.imports.recognition import recognised

AT = "2024-06-15T10:30:00Z"
POLARSTEPS = {"locations": [{"lat": 52.71, "lon": 21.21, "time": 1760515200.0}]}
LIFE360 = {
    "locations": [
        {"latitude": "52.78", "longitude": "21.28", "startTimestamp": "1760515200", "timestamp": "1760515260"}
    ]
}
MOVES = [
    {
        "date": "20151015",
        "segments": [{"type": "move", "startTime": "20151015T100000+0200", "endTime": "20151015T101000+0200"}],
    }
]


@pytest.mark.parametrize(
    "file", [POLARSTEPS, LIFE360, MOVES, {"locations": []}, {"locations": [1]}, {"features": 1}, [], {}]
)
def test_a_file_of_another_program_is_not_taken_for_googles(file: Any) -> None:
    assert recognised(json.dumps(file).encode()) not in ("google-timeline", "geojson")


@pytest.mark.parametrize("file", [POLARSTEPS, LIFE360])
def test_a_record_of_another_program_is_none_of_googles_even_where_its_owner_says_so(file: Any) -> None:
    items = read("google-timeline", json.dumps(file))
    assert (events(items), reasons(items)) == ([], ["foreign_record"])


@pytest.mark.parametrize(
    "file",
    [
        {"locations": [{"latitudeE7": 1, "timestamp": AT}]},
        {"locations": [{"timestampMs": "1"}]},
        {"timelineObjects": [{"placeVisit": {}}]},
        {"semanticSegments": [{"startTime": AT}]},
        {"semanticSegments": [], "rawSignals": []},
        {"rawSignals": [{"wifiScan": {}}]},
        [{"endTime": AT, "startTime": AT, "visit": {}}],
        [{"timelinePath": [{"point": "geo:52,21"} for _ in range(5_000)], "startTime": AT}],
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_googles_forms_are_known_by_their_members_also_where_the_first_record_is_long(
    file: Any, indent: int | None
) -> None:
    assert recognised(json.dumps(file, indent=indent).encode()[: 1 << 16]) == "google-timeline"


@pytest.mark.parametrize(
    "file",
    [
        {"type": "FeatureCollection", "features": []},
        {"features": [{"properties": {"locations": [{"latitudeE7": 1}]}, "type": "Feature"}]},
        {"locations": [{"type": "Feature", "geometry": {"type": "Point"}}]},
        {"geometry": {"type": "Point", "coordinates": [21, 52]}, "type": "Feature"},
    ],
)
def test_geojson_is_known_by_its_features(file: Any) -> None:
    assert recognised(json.dumps(file).encode()) == "geojson"


def test_members_are_told_with_what_they_are_in() -> None:
    text = '{"a": [{"b": 1, "type": "x"}, [{"c": {"d": "e, \\" {"}}]], "f": "g'
    assert outline(text) == {"a", "a[].b", "a[].type", "a[].type=x", "a[][].c", "a[][].c.d", "f"}


@given(st.text(alphabet='{}[]:,"\\ a1\n', max_size=60))
def test_no_text_stops_the_outline(text: str) -> None:
    outline(text)


@given(
    st.recursive(
        st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=8,
    ),
    st.integers(0, 400),
)
def test_the_outline_of_a_beginning_is_a_part_of_the_whole_one(value: Any, end: int) -> None:
    text = json.dumps(value)
    assert {each for each in outline(text[:end]) if "=" not in each} <= outline(text)


def test_a_table_that_says_what_separates_its_columns_is_known() -> None:
    assert recognised(f"sep=;\r\ntime;lat;lon\r\n{AT};52,5;21\r\n".encode("utf-16")) == "csv"
