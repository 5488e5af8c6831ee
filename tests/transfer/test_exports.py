"""Exports: each format, read by an independent reader, carries exactly the events of the database."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from itertools import islice, pairwise, repeat
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest
from events import Connection, add_device, refresh, rows
from export_world import EVENTS, NOON, ODD, POSITIONS, START, exported, record, store, written
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.errors import UserError
from iot_hub.settings import Settings
from iot_hub.transfer.exports.formats import FORMATS
from iot_hub.transfer.exports.parquet import SCHEMA
from iot_hub.transfer.exports.reading import EVENTS as STATEMENTS
from iot_hub.transfer.exports.reading import Wanted, one_moment, read_records, span_of
from iot_hub.transfer.exports.record import Record

GPX = "{http://www.topografix.com/GPX/1/1}"
EVENT = "{urn:iot-personal-hub:event}event"
WHOLE = [name for name, each in FORMATS.items() if not each.positions_only]


def events_in(format: str, content: bytes) -> list[dict[str, Any]]:
    """The hub's events that a file carries, read without the hub; ``properties`` as their text."""
    return [
        {"device": event["device"], "device_time": event["device_time"], "source": event["source"],
         "properties": json.dumps(event["properties"], sort_keys=True)}
        for event in READERS[format](content)
    ]  # fmt: skip


def _of_csv(content: bytes) -> list[dict[str, Any]]:
    table = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return [{**row, "properties": json.loads(row["properties"])} for row in table]


def _of_gpx(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(element.text or "") for element in ElementTree.fromstring(content).iter(EVENT)]


def _of_geojson(content: bytes) -> list[dict[str, Any]]:
    return [feature["properties"]["iot_hub_event"] for feature in json.loads(content)["features"]]


def _of_lines(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.split(b"\n")[:-1]]


def _of_owntracks(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line.split(b"\t", 2)[2])["iot_hub_event"] for line in content.split(b"\n")[:-1]]


def _of_parquet(content: bytes) -> list[dict[str, Any]]:
    return [
        {**row, "device_time": f"{row['device_time']:%Y-%m-%dT%H:%M:%S.%fZ}", "properties": json.loads(row["properties"])}
        for row in pq.read_table(io.BytesIO(content)).to_pylist()
    ]  # fmt: skip


READERS = {
    "csv": _of_csv,
    "geojson": _of_geojson,
    "gpx": _of_gpx,
    "ndjson": _of_lines,
    "owntracks": _of_owntracks,
    "parquet": _of_parquet,
}


def events_of(owner: Connection, condition: str = "true") -> list[dict[str, Any]]:
    found = rows(
        owner,
        "SELECT device_time, source, properties FROM iot_personal_hub.raw_devices_properties"
        f" WHERE {condition} ORDER BY device_time, id",
    )
    return [
        {"device": "phone", "device_time": f"{row['device_time']:%Y-%m-%dT%H:%M:%S.%fZ}", "source": row["source"],
         "properties": json.dumps(row["properties"], sort_keys=True)}
        for row in found
    ]  # fmt: skip


@pytest.fixture
def phone(owner: Connection) -> None:
    add_device(owner)
    store(owner, *EVENTS)


@pytest.mark.usefixtures("phone")
@pytest.mark.parametrize("format", FORMATS)
def test_an_export_carries_exactly_the_events_of_the_database(format: str, owner: Connection) -> None:
    add_device(owner, 2, "another")
    store(owner, *EVENTS[:2], device_id=2)
    content, done = exported(owner, format)
    only = "properties #>> '{location,latitude}' IS NOT NULL AND properties #>> '{location,latitude}' <> '0'"
    wanted = events_of(owner, f"device_id = 1 AND {only if FORMATS[format].positions_only else 'true'}")
    assert events_in(format, content) == wanted
    left_out = len(EVENTS) - POSITIONS if FORMATS[format].positions_only else 0
    assert (done.events, done.without_position) == (len(wanted), left_out)


@pytest.mark.usefixtures("phone")
@pytest.mark.parametrize("format", ["ndjson", "parquet", "csv", "owntracks"])
def test_properties_are_the_databases_own_text(format: str, owner: Connection) -> None:
    owner.execute(
        "SELECT * FROM iot_personal_hub.store_events('{1}', ARRAY[1755820800000000], '{hub}', %s)",
        (['{"a": 0.1000000000000000000000055511151231257827, "b": 1.10, "c": 12345678901234567890123}'],),
    )
    content, _ = exported(owner, format)
    if format == "parquet":
        content = "\n".join(pq.read_table(io.BytesIO(content))["properties"].to_pylist()).encode()
    text = content.decode().replace('""', '"')
    assert '{"a": 0.1000000000000000000000055511151231257827, "b": 1.10, "c": 12345678901234567890123}' in text


@pytest.mark.usefixtures("phone")
def test_an_event_marked_as_a_repetition_is_left_out(owner: Connection) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.raw_devices_properties"
        " (device_id, device_time, digest, source, properties, duplicate_of)"
        " SELECT device_id, device_time, '\\x00112233445566778899aabbccddeeff', source, properties, id"
        " FROM iot_personal_hub.raw_devices_properties LIMIT 1"
    )
    assert exported(owner, "ndjson")[1].events == len(EVENTS)


@pytest.mark.usefixtures("phone")
def test_from_is_included_and_to_left_out(owner: Connection) -> None:
    since = datetime.fromtimestamp(START + 60, UTC)
    until = datetime.fromtimestamp(START + 180, UTC)
    content, _ = exported(owner, "ndjson", since=since, until=until)
    assert [event["device_time"] for event in events_in("ndjson", content)] == [
        "2025-08-22T00:01:00.000000Z", "2025-08-22T00:02:00.123456Z",
    ]  # fmt: skip
    with pytest.raises(UserError, match="no event"):
        exported(owner, "ndjson", until=datetime.fromtimestamp(START, UTC))


@pytest.mark.parametrize("format", ["csv", "ndjson", "parquet"])
def test_an_export_goes_through_months_in_order_of_time_each_event_once(format: str, owner: Connection) -> None:
    add_device(owner)
    september = datetime(2025, 9, 1, tzinfo=UTC).timestamp()
    times = [september - 1e-6, september, september + 1, september + 2, september + 40 * 86_400]
    store(owner, *((times[n], {"n": n}, "hub") for n in (4, 2, 0, 3, 1)))
    content, _ = exported(owner, format)
    assert [json.loads(event["properties"])["n"] for event in events_in(format, content)] == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("phone")
def test_the_fixes_of_an_export_are_those_that_the_hub_derives(owner: Connection) -> None:
    content, _ = exported(owner, "gpx")
    refresh(owner)
    known = rows(owner, "SELECT latitude, longitude, location_time FROM iot_personal_hub.locations")
    points = ElementTree.fromstring(content).iter(f"{GPX}trkpt")
    assert sorted((float(p.get("lat", "")), float(p.get("lon", "")) % 360, p.findtext(f"{GPX}time")) for p in points) == sorted(
        (fix["latitude"], fix["longitude"] % 360, fix["location_time"].isoformat().replace("+00:00", "Z")) for fix in known
    )  # fmt: skip


@pytest.mark.usefixtures("phone")
def test_a_point_of_gpx_has_what_is_known_in_the_schemas_order(owner: Connection) -> None:
    root = ElementTree.fromstring(exported(owner, "gpx")[0])
    first, second, third, last = root.iter(f"{GPX}trkpt")
    assert [child.tag.removeprefix(GPX) for child in first] == ["ele", "time", "sat", "hdop", "extensions"]
    assert [first[0].text, first[2].text, first[3].text] == ["112.5", "9", "1.1"]
    garmin = "{http://www.garmin.com/xmlschemas/TrackPointExtension/v2}"
    assert [(told.tag.removeprefix(garmin), told.text) for told in first.iter() if garmin in told.tag][1:] == [
        ("speed", "2.5"), ("course", "0.0"),
    ]  # fmt: skip
    assert second.findtext(f"{GPX}time") == "2025-08-21T23:59:54.750000Z"
    assert (third.get("lon"), third.find(f"{GPX}extensions/{garmin}TrackPointExtension")) == ("-180.0", None)
    assert last.get("lat") == "-0.000000100"
    # Time went back with the second, the third is on the antimeridian, and nothing is known between it and the last.
    assert [len(segment) for segment in root.iter(f"{GPX}trkseg")] == [1, 1, 1, 1]


@pytest.mark.usefixtures("phone")
def test_a_feature_of_geojson_tells_of_its_fix(owner: Connection) -> None:
    first, second, *_ = json.loads(exported(owner, "geojson")[0])["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [21.01, 52.23, 112.5]}
    assert second["geometry"]["coordinates"] == [21.02, 52.24]
    told = {name: value for name, value in first["properties"].items() if name != "iot_hub_event"}
    assert told == {
        "time": "2025-08-22T00:00:00Z", "altitude_m": 112.5, "accuracy_m": 14, "speed_ms": 2.5, "bearing_deg": 360,
        "satellites": 9, "hdop": 1.1, "battery_percent": 51,
    }  # fmt: skip


@pytest.mark.usefixtures("phone")
def test_csv_has_a_column_for_what_people_ask_for_and_nothing_for_what_is_not_known(owner: Connection) -> None:
    content, _ = exported(owner, "csv")
    assert re.sub(rb'"[^\r]*"', b"", content).count(b"\n") == len(EVENTS) + 1
    first, second, third, fourth, *_ = csv.DictReader(io.StringIO(content.decode(), newline=""))
    assert [first[name] for name in list(first)[3:-1]] == ["52.23", "21.01", "112.5", "14.0", "2.5", "360.0", "51.0"]
    assert [third[name] for name in list(third)[3:-1]] == ["", "", "", "", "", "", "50.0"]
    assert (fourth["speed_ms"], fourth["accuracy_m"]) == ("", "")
    assert ODD in json.loads(second["properties"])["note"]


@pytest.mark.usefixtures("phone")
def test_a_rec_file_has_the_recorders_columns_units_and_messages(owner: Connection) -> None:
    lines = [line.split("\t") for line in exported(owner, "owntracks")[0].decode().split("\n")[:-1]]
    assert {len(line) for line in lines} == {3}
    assert lines[0][:2] == ["2025-08-22T00:00:00Z", "*                 "]
    assert [line[1].strip() for line in lines] == [
        "*",
        "*",
        "iot_hub_event",
        "*",
        "iot_hub_event",
        "*",
        "lwt",
        "iot_hub_event",
    ]
    assert {len(line[1]) for line in lines} == {18}
    message = json.loads(lines[0][2])
    del message["iot_hub_event"]
    assert message == {
        "_type": "location", "lat": 52.23, "lon": 21.01, "tst": START, "acc": 14, "alt": 112.5, "vel": 9, "cog": 360,
        "batt": 51, "p": 100.266,
    }  # fmt: skip
    own = json.loads(lines[5][2])
    assert {name: own[name] for name in own if name != "iot_hub_event"} == EVENTS[5][1]["owntracks"]


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    for name in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        [row] = csv.DictReader(io.StringIO(written("csv", record({}), device=name).decode(), newline=""))
        assert row["device"] == f"'{name}"
    [row] = csv.DictReader(io.StringIO(written("csv", record({}), device="phone = 1").decode()))
    assert row["device"] == "phone = 1"


def test_parquet_has_row_groups_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iot_hub.transfer.exports.parquet.GROUP_ROWS", 3)
    monkeypatch.setattr("iot_hub.transfer.exports.parquet.GROUP_TEXT", 100)
    content = written("parquet", *[record({}) for _ in range(7)], record({"a": "x" * 200}), record({}))
    file = pq.ParquetFile(io.BytesIO(content))
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [3, 3, 2, 1]
    assert file.schema_arrow.equals(SCHEMA)
    assert file.metadata.row_group(0).column(3).compression == "ZSTD"


@pytest.mark.parametrize("format", FORMATS)
def test_a_format_writes_while_it_reads(format: str) -> None:
    for_ever = repeat(record({"a": 1}, altitude_m=1.0))
    pieces = FORMATS[format].write(for_ever, "phone")
    assert len(b"".join(islice(pieces, 5))) > 300


@pytest.mark.parametrize("format", FORMATS)
def test_no_record_makes_a_file_that_is_whole(format: str) -> None:
    assert READERS[format](written(format)) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
@given(
    properties=st.dictionaries(texts, json_values, max_size=4),
    device=texts,
    source=st.sampled_from(["hub", "owntracks"]),
)
def test_whatever_properties_and_names_hold_comes_out_as_it_went_in(
    format: str, properties: dict[str, Any], device: str, source: str
) -> None:
    given_record = record(properties, altitude_m=1.5)._replace(source=source)
    [event] = READERS[format](written(format, given_record, device=device))
    assert event["properties"] == properties
    assert event["source"] == source
    assert event["device"].removeprefix("'" if format == "csv" else "") == device.removeprefix(
        "'" if format == "csv" else ""
    )
    assert datetime.fromisoformat(event["device_time"]) == NOON


@given(st.lists(st.integers(-4000, 4000), max_size=8))
def test_within_a_segment_time_goes_on_and_stops_for_half_an_hour_at_most(seconds: list[int]) -> None:
    times = [datetime.fromtimestamp(START + second, UTC) for second in seconds]
    points = [Record(time, "hub", "{}", record({}, latitude=1.0).fix._replace(time=time)) for time in times]  # type: ignore[union-attr]
    root = ElementTree.fromstring(written("gpx", *points))
    found = [[point.findtext(f"{GPX}time") for point in segment] for segment in root.iter(f"{GPX}trkseg")]
    steps = [
        (datetime.fromisoformat(b or "") - datetime.fromisoformat(a or "")).total_seconds()
        for segment in found
        for a, b in pairwise(segment)
    ]
    assert all(0 <= step <= 1800 for step in steps)
    assert [time for segment in found for time in segment] == [
        time.isoformat().replace("+00:00", "Z") for time in times
    ]


def test_an_export_sees_one_moment_whatever_comes_in_meanwhile(owner: Connection, settings: Settings) -> None:
    add_device(owner)
    store(owner, *((START + n, {"n": n}, "hub") for n in range(600)))
    wanted = Wanted(1, "phone")
    with one_moment(owner, wanted), connect(owner_conninfo(settings, "tests")) as other:
        statements = STATEMENTS.of(wanted)
        span = span_of(owner, statements, wanted)
        assert span
        records = read_records(owner, statements, wanted, span)
        next(records)
        store(other, (START + 598.5, {"late": True}, "hub"))
        assert len([*records]) == 599
