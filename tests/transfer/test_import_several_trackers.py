"""Files that hold the records of several trackers are a question, and each is imported for its device."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from events import Connection, add_device, rows
from hypothesis import given
from hypothesis import strategies as st
from imports import NOW, is_balanced, run
from recorder import SCHEMAS, write_recorder
from test_import_containers import PACKINGS, tarred, zipped

from iot_hub.errors import UserError
from iot_hub.event import Event
from iot_hub.settings import Settings
from iot_hub.sources import ParseContext
from iot_hub.transfer.imports import tags, tally
from iot_hub.transfer.imports.files import open_stream, parts_of
from iot_hub.transfer.imports.formats import FORMATS
from iot_hub.transfer.imports.stream import buffered
from iot_hub.transfer.imports.trackers import check_one_tracker

UNIX = 1_760_515_200
Tag = str | int | None


def moment(number: int) -> str:
    return f"2025-10-15T{8 + number // 60:02}:{number % 60:02}:00Z"


def noted(each: dict[str, Any], name: str, tag: Tag) -> dict[str, Any]:
    """A record with its tag, or without the member."""
    return each if tag is None else {**each, name: tag}


def google(*given: Tag) -> bytes:
    where = {"latitudeE7": 522300000, "longitudeE7": 210100000}
    records = [noted(where | {"timestamp": moment(n)}, "deviceTag", tag) for n, tag in enumerate(given)]
    return json.dumps({"locations": records}, indent=1).encode()


def google_edits(*given: Tag) -> bytes:
    def signal(number: int) -> dict[str, Any]:
        point = {"point": {"latE7": 522300000, "lngE7": 210100000}, "timestamp": moment(number)}
        return {"rawSignal": {"signal": {"position": point}}}

    edits = [noted(signal(n), "deviceId", tag) for n, tag in enumerate(given)]
    return json.dumps({"timelineEdits": edits}).encode()


def traccar(*given: Tag) -> bytes:
    position = {"protocol": "osmand", "latitude": 52, "longitude": 21, "attributes": {"batteryLevel": 80}}
    return json.dumps(
        [position | {"fixTime": moment(n), "deviceId": tag} for n, tag in enumerate(given)], separators=(",", ":")
    ).encode()


def table(head: str, row: str, given: Iterable[Tag]) -> bytes:
    lines = (row.format(tag="" if tag is None else tag, at=moment(n)) for n, tag in enumerate(given))
    return "\n".join([head, *lines]).encode()


def traccar_csv(*given: Tag) -> bytes:
    head = "id,deviceId,protocol,deviceTime,fixTime,valid,latitude,longitude,address"
    return table(head, "1,{tag},osmand,{at},{at},true,52,21,Long Street 1, Warsaw", given)


def traccar_report(*given: Tag) -> bytes:
    head = "Device Name,Valid,Time,Latitude,Longitude,Altitude,Speed,Address,Attributes"
    return table(head, "{tag},true,{at},52,21,100 m,3 km/h,Long Street 1, Warsaw,sat=7", given)


def csv(*given: Tag) -> bytes:
    return table("time;lat;lon;Device Id", "{at};52,1;21,2;{tag}", given)


def geopulse(*given: Tag) -> bytes:
    points = [{"timestamp": moment(n), "latitude": 52, "longitude": 21, "source": "OWNTRACKS", "deviceId": tag} for n, tag in enumerate(given)]  # fmt: skip
    return json.dumps({"dataType": "rawGps", "points": points}).encode()


def dawarich(*given: Tag) -> bytes:
    points = [{"latitude": "52", "longitude": "21", "timestamp": UNIX + n, "raw_data": {"tst": 1}, "tracker_id": tag} for n, tag in enumerate(given)]  # fmt: skip
    return json.dumps(points).encode()


def dawarich_lines(*given: Tag) -> bytes:
    return b"\n".join(json.dumps(point).encode() for point in json.loads(dawarich(*given)))


def dawarich_tids(*given: Tag) -> bytes:
    points = [noted({"lat": 52, "lon": 21, "tst": UNIX + n}, "tid", tag) for n, tag in enumerate(given)]
    return json.dumps({"jane@x": {"dawarich-export": points}}).encode()


def dawarich_arrays(*given: Tag) -> bytes:
    """A user's trackers, each an array of points that do not name it."""
    trackers: dict[str, Any] = {}
    for number, tag in enumerate(given):
        name = "points" if tag is None else str(tag)
        trackers.setdefault(name, []).append({"lat": 52, "lon": 21, "tst": UNIX + number, "inrids": []})
    return json.dumps({"jane@x": trackers}).encode()


def geojson(*given: Tag) -> bytes:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [21, 52]},
            "properties": noted({"timestamp": moment(n)}, "tracker_id", tag),
        }
        for n, tag in enumerate(given)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def owntracks_tids(*given: Tag) -> bytes:
    messages = [noted({"_type": "location", "lat": 52, "lon": 21, "tst": UNIX + n}, "tid", tag) for n, tag in enumerate(given)]  # fmt: skip
    return json.dumps({"count": 1, "data": messages}).encode()


def owntracks_topics(*given: Tag) -> bytes:
    messages = (
        noted({"_type": "location", "lat": 52, "lon": 21, "tst": UNIX + n}, "topic", tag and f"owntracks/{tag}")
        for n, tag in enumerate(given)
    )
    return b"".join(b"2025-10-15T08:00:00Z\t*  \t%b\n" % json.dumps(each).encode() for each in messages)


def home_assistant(*given: Tag) -> bytes:
    """What the interface answers: arrays of trackers, and in between of other things."""
    where = {"latitude": 52.82, "longitude": 21.32, "gps_accuracy": 8}
    states = [
        [{"entity_id": tag or f"sensor.a{n}", "state": "1", "attributes": where, "last_updated": moment(n)}]
        for n, tag in enumerate(given)
    ]
    return json.dumps(states).encode()


def home_assistant_csv(*given: Tag) -> bytes:
    rows = (f"{tag or f'sensor.a{n}'},home,{moment(n)}" for n, tag in enumerate(given))
    return "\n".join(["entity_id,state,last_changed", *rows]).encode()


def phonetrack(*given: Tag) -> bytes:
    tracks = "".join(
        f'<trk>{f"<name>{tag}</name>" if tag else ""}<trkseg><trkpt lat="52" lon="21"><time>{moment(n)}</time></trkpt></trkseg></trk>'
        for n, tag in enumerate(given)
    )
    return f'<gpx version="1.1" creator="PhoneTrack Nextcloud app 0.8">{tracks}</gpx>'.encode()


def own_events(*given: Tag) -> bytes:
    event = {"source": "automate", "properties": {"a": {"device": "Mars"}}}
    lines = (json.dumps({"device": tag, "device_time": moment(n), **event}) for n, tag in enumerate(given))
    return "\n".join(lines).encode()


Write = Callable[..., bytes]
PLAIN: dict[str, list[Write]] = {
    "google-timeline": [google, google_edits],
    "traccar": [traccar, traccar_csv, traccar_report],
    "csv": [csv],
    "geopulse": [geopulse],
    "dawarich": [dawarich, dawarich_lines, dawarich_tids, dawarich_arrays],
    "geojson": [geojson],
    "gpx": [phonetrack],
    "events": [own_events],
    "owntracks": [owntracks_tids],
}
FILES = [(format, write) for format, writers in PLAIN.items() for write in writers]
NAMED = [("owntracks", owntracks_topics, "jane/phone", "jane/tablet")] + [
    ("homeassistant", write, "device_tracker.phone", "person.jane") for write in (home_assistant, home_assistant_csv)
]
EVERY = [(format, write, "phone", "tablet") for format, write in FILES] + NAMED
every = pytest.mark.parametrize(
    ("format", "write", "one", "other"), EVERY, ids=[write.__name__ for _, write, _, _ in EVERY]
)


def question(format: str, *contents: bytes) -> str:
    """What an import of these files asks; nothing where it asks nothing."""
    return asked(lambda: (found for content in contents for found in parts(format, content)))


def parts(format: str, content: bytes) -> Iterable[Any]:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        with open_stream(Path(file.name)) as stream:
            yield from parts_of(stream, "file", FORMATS[format], is_named=False)


def asked(found: Callable[[], Iterable[Any]]) -> str:
    try:
        check_one_tracker(found, lambda _: ParseContext(NOW))
    except UserError as error:
        return str(error)
    return ""


@every
def test_several_trackers_in_a_file_are_a_question_that_lists_them(
    format: str, write: Write, one: str, other: str
) -> None:
    asks = question(format, write(one, other, None, one, one))
    assert f"2 trackers, by their tags: {one} (3 records)" in asks
    assert f"{other} (1 record)" in asks and "none (1 record)" in asks and "--device-tag" in asks


@every
def test_one_tracker_and_records_of_nobody_are_no_question(format: str, write: Write, one: str, other: str) -> None:
    assert question(format, write(one, None, one), write(None)) == ""


@every
def test_files_of_one_tracker_each_are_the_same_question(format: str, write: Write, one: str, other: str) -> None:
    assert "2 trackers" in question(format, write(one, one), write(other))
    assert question(format, write(one, one), write(one)) == ""


@every
def test_what_is_imported_of_a_tracker_is_what_was_counted(
    format: str, write: Write, one: str, other: str, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(write(one, other, None, one))
    with open_stream(tmp_path / "a") as stream:
        [part] = parts_of(stream, "a", FORMATS[format], is_named=False)
        found = [item for item in part.read(ParseContext(NOW)) if isinstance(item, Event)]
        assert sorted(filter(None, map(FORMATS[format].tag_of, found))) == sorted([one, one, other])


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("is_packed", [False, True])
def test_trackers_in_home_assistants_database_are_a_question(schema: str, is_packed: bool, tmp_path: Path) -> None:
    where = {"latitude": 52.82, "longitude": 21.32}
    states = [
        ("device_tracker.phone", "home", UNIX, where),
        ("sensor.attic", "21.5", UNIX, {}),
        ("sensor.cellar", "9", UNIX, {}),
    ]

    def asks(states: list[Any]) -> str:
        content = write_recorder(tmp_path / f"{len(states)}.db", states, schema).read_bytes()
        return question("homeassistant", zipped({"a.db": content}) if is_packed else content)

    assert asks(states) == ""
    assert "device_tracker.phone (1 record), person.joe (1 record), none (2 records)" in sorted_tags(
        asks([*states, ("person.joe", "home", UNIX, where)])
    )


def sorted_tags(question: str) -> str:
    """A question with the tracker's tags before ``none``, whatever their counts."""
    before, _, listed = question.partition("tags: ")
    listed, _, after = listed.partition(". Import")
    return before + ", ".join(sorted(listed.split(", "), key=lambda each: (each.startswith("none"), each))) + after


@pytest.mark.parametrize("write", [google, traccar, traccar_csv, csv, dawarich, geopulse, geojson])
def test_a_number_is_a_tag_as_a_text_is(write: Write) -> None:
    format = next(name for name, writers in PLAIN.items() if write in writers)
    assert "12 (2 records)" in question(format, write(1, 12, 12))
    assert question(format, write(12, "12")) == ""
    assert "2 trackers" in question(format, write(0, 1))


@pytest.mark.parametrize(("format", "write"), FILES, ids=[write.__name__ for _, write in FILES])
@pytest.mark.parametrize(
    ("one", "other"), [("Telefon Łucji", "Telefon Łucjana"), ("a", "a b"), ("a.b", "a.b.c"), ("电话", "电脑")]
)
def test_a_tag_may_be_any_text(format: str, write: Write, one: str, other: str) -> None:
    asks = question(format, write(one, other, one))
    assert f"{one} (2 records)" in asks and f"{other} (1 record)" in asks
    assert question(format, write(one, one)) == ""


def test_a_person_and_a_tracker_are_asked_for_and_sensors_are_no_trackers() -> None:
    sensors = home_assistant(*[None] * 5)
    assert question("homeassistant", sensors) == ""
    assert question("homeassistant", home_assistant(*["device_tracker.a"] * 2, *[None] * 5)) == ""
    person = {"entity_id": "person.a", "attributes": {"source": "device_tracker.a"}, "last_updated": moment(1), "state": "home"}  # fmt: skip
    assert question("homeassistant", json.dumps([[person]]).encode()) == ""


def test_the_folder_of_owntracks_store_names_the_device_where_its_messages_do_not(tmp_path: Path) -> None:
    line = '2025-10-15T08:00:00Z\t*\t{"_type":"location","lat":52,"lon":21,"tst":%d,"tid":"ph"}\n'
    for number, device in enumerate(("jane/phone", "joe/phone", "joe/phone")):
        (tmp_path / "rec" / device).mkdir(parents=True, exist_ok=True)
        (tmp_path / "rec" / device / f"2025-1{number}.rec").write_text(line % (UNIX + number))

    def found(folder: Path) -> Iterable[Any]:
        for path in sorted(folder.rglob("*.rec")):
            with open_stream(path) as stream:
                yield from parts_of(stream, path.name, None, is_named=False)

    assert "joe/phone (2 records), jane/phone (1 record)" in asked(lambda: found(tmp_path))
    assert asked(lambda: found(tmp_path / "rec" / "joe")) == ""


@given(st.lists(st.sampled_from(["a", "ab", "a b", 'a"}b', "\\", "ł", 1, 12, -1]), min_size=1, max_size=30), st.integers(60, 300))  # fmt: skip
def test_tags_are_found_wherever_a_chunk_ends(given: list[str | int], chunk: int) -> None:
    usual = tags.CHUNK
    tags.CHUNK = chunk
    try:
        found = set(tags.tags_written(buffered(io.BytesIO(google(*given))), rb'"deviceTag"\s*+:\s*+'))
    finally:
        tags.CHUNK = usual
    # One that is cut may be found in pieces, and only asks for another look.
    assert found >= {str(tag) for tag in given}


def test_a_table_with_another_tag_in_every_row_is_counted_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST_TAGS", 30)
    asks = question("csv", csv(*range(50)))
    assert "more than 30 trackers" in asks and asks.count("(1 record)") == tally.MOST_LISTED and ", …" in asks


def test_a_tag_is_shown_as_a_terminal_may_show_it() -> None:
    assert "?[2J (1 record)" in question("traccar", traccar("\x1b[2J", "b"))
    assert len(question("traccar", traccar("a" * 100_000, "b"))) < 500


def test_a_tracker_may_be_called_as_records_without_a_tag_are_asked_for() -> None:
    assert "2 trackers" in question("traccar", traccar("none", "b", None))


def test_a_file_that_is_broken_is_counted_as_far_as_it_goes() -> None:
    content = traccar("a", "b", "a")
    assert "a (1 record), b (1 record)" in question("traccar", content[:-20])


@pytest.mark.parametrize("pack", ["", ".gz", ".xz", ".zip", ".tar"])
def test_each_tracker_is_imported_for_its_device_and_nothing_before_somebody_said_which(
    pack: str, settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    add_device(owner)
    content = google(12, 12, 123, None, 12)
    archive = {".zip": zipped, ".tar": tarred}.get(pack)
    file = tmp_path / "Records.json"
    file.write_bytes(archive({"Records.json": content}) if archive else PACKINGS.get(pack, bytes)(content))
    with pytest.raises(UserError, match=r"2 trackers.*: 12 \(3 records\), 123 \(1 record\).*--device-tag"):
        run(settings, file)
    done = run(settings, file, tags=frozenset({"12"}))
    assert (done.stored, done.ignored, is_balanced(done)) == (3, {"other_tracker": 2}, True)
    assert "trackers left out, by their tags: 123 (1 record), none (1 record)" in "\n".join(done.lines(is_dry_run=False))  # fmt: skip
    assert run(settings, file, tags=frozenset({"123", "none"})).stored == 2


def test_an_archive_of_a_file_for_each_tracker_stores_nothing_of_the_first_before_the_question(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    add_device(owner)
    track = b'<gpx><trk><trkseg><trkpt lat="52" lon="21"><time>2024-06-15T10:30:00Z</time></trkpt></trkseg></trk></gpx>'
    file = tmp_path / "a.zip"
    file.write_bytes(zipped({"1.csv": traccar_csv(1, 1), "2.csv": traccar_csv(2), "t.gpx": track}))
    with pytest.raises(UserError, match=r"2 trackers.*: 1 \(2 records\), 2 \(1 record\), none \(1 record\)"):
        run(settings, file)
    assert rows(owner, "SELECT FROM iot_personal_hub.raw_devices_properties") == []
    assert run(settings, file, tags=frozenset({"2"})).stored == 1
    assert run(settings, file, tags=frozenset({"1", "none"})).stored == 3


def test_a_hubs_export_of_several_devices_is_a_question_only_where_one_device_is_named(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "a.ndjson"
    file.write_bytes(own_events("phone", "tablet"))
    with pytest.raises(UserError, match="2 trackers"):
        run(settings, file)
    assert run(settings, file, device=None, add_device="smartphone").stored == 2


def test_a_tag_that_nothing_has_is_told_with_those_that_are_there(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    add_device(owner)
    (tmp_path / "a.json").write_bytes(traccar(1, 2))
    done = run(settings, tmp_path / "a.json", tags=frozenset({"3"}))
    assert done.is_empty
    assert "by their tags: 1 (1 record), 2 (1 record)" in "\n".join(done.lines(is_dry_run=False))


def test_the_count_of_a_long_file_says_how_far_it_is_and_that_it_is_over(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    lines = (f"{moment(n % 600)},52.1,21.0,{n % 2 + 1}" for n in range(20_000))
    file.write_text("\n".join(["time,latitude,longitude,device", *lines]))
    imported: list[tuple[int, int]] = []
    counted: list[tuple[int, int]] = []
    with pytest.raises(UserError, match="2 trackers"):
        run(
            settings,
            file,
            on_progress=lambda *at: imported.append(at),
            on_count=lambda *at: counted.append(at),
        )
    assert imported == []
    assert len(counted) == 6 and counted[-1] == (1, 1)
    assert counted[:-1] == sorted(counted[:-1]) and 0 < counted[0][0] < counted[-2][0] <= file.stat().st_size
