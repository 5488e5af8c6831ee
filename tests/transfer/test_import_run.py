"""Importing into a real database: every record is accounted for, twice is once, and a killed import goes on."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from events import Connection, add_device, refresh, rows
from fixture_meaning import FILE, FIXTURES, Fixture, fixtures
from imports import NOW, is_balanced, run
from waiting import wait_until

from iot_hub.errors import UserError
from iot_hub.event import Event
from iot_hub.ingest.batch import StoredEvent
from iot_hub.settings import Settings
from iot_hub.sources import ParseContext
from iot_hub.transfer.imports.accounting import Account
from iot_hub.transfer.imports.devices import NOT_ADDED
from iot_hub.transfer.imports.storing import Batch, BatchStore

STORED = "SELECT count(*)::integer AS n FROM iot_personal_hub.raw_devices_properties"
HISTORY = [each for each in fixtures(kinds=FILE) if each.expected["events"]]
SEVERAL_TRACKERS = {"teslamate_dump.sql"}
START = 1_700_000_000


def stored(owner: Connection) -> int:
    return int(rows(owner, STORED)[0]["n"])


def table(path: Path, points: int, first: int = START) -> Path:
    """A CSV file of a point a second."""
    lines = (f"{first + n},52.{n:06},21.01" for n in range(points))
    path.write_text("time,latitude,longitude\n" + "\n".join(lines))
    return path


@pytest.mark.parametrize("fixture", HISTORY, ids=lambda each: each.payload.name)
def test_every_record_of_a_file_is_accounted_for_and_twice_is_once(
    fixture: Fixture, settings: Settings, owner: Connection
) -> None:
    add_device(owner)
    # Of several trackers in a file one is meant.
    tags = frozenset({"1"}) if fixture.payload.name in SEVERAL_TRACKERS else frozenset()
    first = run(settings, fixture.payload, tags=tags)
    assert is_balanced(first) and first.stored > 0 and not first.rejected
    assert first.stored == stored(owner)
    again = run(settings, fixture.payload, tags=tags)
    assert (again.read, again.stored, again.duplicates) == (first.read, 0, first.stored + first.duplicates)
    refresh(owner)


def test_a_dry_run_tells_the_same_and_stores_nothing(settings: Settings, owner: Connection, tmp_path: Path) -> None:
    add_device(owner)
    file = tmp_path / "twice.csv"
    file.write_text("time,lat,lon\n" + "1700000000,52,21\n" * 2 + "1700000060,52,21\nsoon,52,21\n")
    tried = run(settings, file, is_dry_run=True)
    assert (stored(owner), rows(owner, "SELECT * FROM iot_personal_hub.quarantine")) == (0, [])
    done = run(settings, file)
    assert tried == done
    assert (done.read, done.stored, done.duplicates, done.rejected) == (4, 2, 1, {"time_unreadable": 1})
    assert run(settings, file, is_dry_run=True).stored == 0


def test_a_dry_run_adds_no_device(settings: Settings, owner: Connection, tmp_path: Path) -> None:
    tried = run(settings, table(tmp_path / "a.csv", 3), device="New", add_device="car", is_dry_run=True)
    assert tried.stored == 3
    assert rows(owner, "SELECT * FROM iot_personal_hub.dim_devices") == []
    assert NOT_ADDED == 0


def test_what_is_rejected_is_in_quarantine_byte_for_byte(settings: Settings, owner: Connection) -> None:
    add_device(owner)
    file = settings.home.parent / "broken.json"
    file.write_text('{"locations": [{"timestamp": "soon", "a": "ż"}, {"timestamp": "2024-06-15T10:30:00Z"}, {"cut')
    done = run(settings, file, format="google-timeline")
    assert (done.stored, done.rejected) == (1, {"time_unreadable": 1, "not_json": 1})
    kept = rows(
        owner, "SELECT source, reason, payload, device_id FROM iot_personal_hub.quarantine ORDER BY reason DESC"
    )
    assert [(row["source"], row["reason"], bytes(row["payload"]), row["device_id"]) for row in kept] == [
        ("google-timeline", "time_unreadable", '{"timestamp": "soon", "a": "ż"}'.encode(), 1),
        ("google-timeline", "not_json", b'{"cut', 1),
    ]
    assert any("cut off" in line for line in done.lines(is_dry_run=False))


def test_an_event_that_the_database_refuses_fails_no_other(settings: Settings, owner: Connection) -> None:
    add_device(owner)
    account = Account()
    store = BatchStore(owner, account)
    good = [StoredEvent(1, (START + n) * 1_000_000, b'{"n": 1}', "csv") for n in range(9)]
    store.put(Batch([*good, StoredEvent(1, START * 1_000_000, b"{", "csv")]))
    store.finish()
    store.close()
    assert (account.stored, account.rejected) == (9, {"not_storable": 1})
    # With its time, so that it can be replayed.
    [left] = rows(owner, "SELECT source, reason, payload FROM iot_personal_hub.quarantine")
    reading = b'{"device_timestamp":%d,"properties":{}' % (START * 1_000_000)
    assert (left["source"], left["reason"], bytes(left["payload"])) == ("hub", "not_storable", reading)


def test_whose_readings_they_are_must_be_said(settings: Settings, owner: Connection, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", 1)
    with pytest.raises(UserError, match="--device"):
        run(settings, file, device=None)
    with pytest.raises(UserError, match="--add-device"):
        run(settings, file, device="New phone")
    assert run(settings, file, device="New phone", add_device="smartphone").stored == 1
    assert run(settings, file, device="New phone", add_device="smartphone").duplicates == 1


@pytest.mark.slow
def test_a_killed_import_loses_and_doubles_nothing(settings: Settings, owner: Connection, tmp_path: Path) -> None:
    add_device(owner)
    file = table(tmp_path / "long.csv", 40_000)
    command = [sys.executable, "-m", "iot_hub", "import", "csv", str(file), "--device", "1", "--json"]
    with subprocess.Popen(command, env=environment(settings), stdout=subprocess.DEVNULL) as killed:
        wait_until(lambda: stored(owner) or killed.poll() is not None)
        killed.kill()
    wait_until(lambda: not rows(owner, "SELECT FROM pg_stat_activity WHERE application_name = 'iot-hub import'"))
    before = stored(owner)
    ended = subprocess.run(command, env=environment(settings), capture_output=True, text=True, check=True)
    account = json.loads(ended.stdout)
    assert (account["read"], account["stored"], account["duplicates"]) == (40_000, 40_000 - before, before)
    assert stored(owner) == 40_000


def environment(settings: Settings) -> dict[str, str]:
    import os

    assert settings.database_url
    return {
        **os.environ,
        "IOT_HUB_HOME": str(settings.home),
        "IOT_HUB_DATABASE_URL": settings.database_url.get_secret_value(),
    }


def test_an_archive_gives_every_file_of_the_format_and_names_the_foreign_ones(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    add_device(owner)
    takeout = tmp_path / "takeout.zip"
    with zipfile.ZipFile(takeout, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("google_Records.json", "google_semantic_2022_MARCH.json", "track.gpx"):
            archive.write(FIXTURES / "imports" / name, f"Takeout/{name}")
        archive.writestr("Takeout/Settings.json", '{"createdTime": "2024-06-15T10:30:00Z"}')
    done = run(settings, takeout, format="google-timeline")
    assert done.foreign_files == ["Takeout/track.gpx", "Takeout/Settings.json"]
    assert (done.stored, done.ignored, is_balanced(done)) == (7, {"foreign_file": 2}, True)
    assert run(settings, takeout).stored == 2


def test_each_member_is_told_with_what_came_of_it_and_one_that_cannot_be_read_stops_no_other(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    add_device(owner)
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("note.txt", (FIXTURES / "imports" / "google_encrypted_placeholder.txt").read_bytes())
        archive.writestr("cut.csv.gz", gzip.compress(b"time,lat,lon\n1700000000,52,21\n")[:-4])
        archive.writestr("deep.7z", b"7z\xbc\xaf\x27\x1c")
        archive.writestr("old.csv", "time,lat,lon,note\n1700000060,52,21,łąka\n".encode("windows-1250"))
    done = run(settings, file, encoding="windows-1250")
    assert (done.stored, is_balanced(done), done.is_empty) == (2, True, False)
    lines = "\n".join(done.lines(is_dry_run=False))
    assert re.search(r"note.txt: google-timeline, 0 readings, 1 rejected, There is no history", lines)
    assert re.search(r"cut.csv: csv, 1 readings, 1 rejected, it can't be unpacked any further", lines)
    assert re.search(r"deep.7z: not read, .*unpack it", lines)
    assert re.search(r"old.csv: csv, 1 readings, converted from windows-1250", lines)
    [row] = rows(owner, "SELECT properties->'csv'->>'note' AS note FROM iot_personal_hub.raw_devices_properties"
                 " WHERE properties->'csv' ? 'note'")  # fmt: skip
    assert row["note"] == "łąka"


def test_a_folder_and_packed_files_are_read(settings: Settings, owner: Connection, tmp_path: Path) -> None:
    add_device(owner)
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "a.csv.gz").write_bytes(gzip.compress(table(tmp_path / "a.csv", 5).read_bytes()))
    (tmp_path / "notes.txt").write_text("nothing")
    done = run(settings, tmp_path)
    assert (done.files, done.stored, done.duplicates, done.foreign_files) == (3, 5, 5, ["notes.txt"])


def test_an_archive_of_kml_is_read(settings: Settings, owner: Connection, tmp_path: Path) -> None:
    add_device(owner)
    mark = "<TimeStamp><when>2024-06-15T10:30:00Z</when></TimeStamp><Point><coordinates>21,52</coordinates></Point>"
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", f"<kml><Placemark>{mark}</Placemark></kml>")
        archive.writestr("images/pin.png", b"\x89PNG")
    done = run(settings, tmp_path / "a.kmz", format="kml")
    assert (done.stored, done.foreign_files) == (1, ["images/pin.png"])


def test_a_file_of_no_format_is_one_clear_line(settings: Settings, owner: Connection, tmp_path: Path) -> None:
    add_device(owner)
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(UserError, match="no known format"):
        run(settings, tmp_path / "notes.txt")
    with pytest.raises(UserError, match="no file"):
        run(settings, tmp_path / "missing")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(UserError, match="can't be unpacked"):
        run(settings, tmp_path / "broken.zip")


def test_files_that_are_named_are_of_the_format_that_is_named(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    add_device(owner)
    given = ParseContext(NOW, columns={"time": "a", "latitude": "b", "longitude": "c"})
    for number in range(2):
        (tmp_path / f"{number}.csv").write_text(f"a,b,c\n170000000{number},52,21")
    files = sorted(tmp_path.iterdir())
    assert run(settings, *files, format="csv", context=given).stored == 2
    assert run(settings, *files).foreign_files == ["0.csv", "1.csv"]


def test_history_older_than_any_live_clock_is_taken(settings: Settings, owner: Connection, tmp_path: Path) -> None:
    add_device(owner)
    assert run(settings, table(tmp_path / "old.csv", 2, first=980_000_000)).stored == 2


def own(**changes: Any) -> dict[str, Any]:
    return {"device": "My phone", "device_time": "2024-06-15T10:30:00.123456Z", "source": "automate",
            "properties": {"a": 1.10, "ż": "<&>\"", "of": {"type": "Feature", "locations": []}}} | changes  # fmt: skip


def carriers(folder: Path) -> list[Path]:
    """The same event as each of the hub's exports carries it."""
    from xml.sax.saxutils import escape

    import pyarrow as pa
    import pyarrow.parquet as pq

    event = own()
    text, inner = json.dumps(event, ensure_ascii=False), json.dumps(event["properties"], ensure_ascii=False)
    quoted = inner.replace('"', '""')
    files = {
        "events.ndjson": f"{text}\n",
        "track.gpx": '<gpx><trk><trkseg><trkpt lat="52" lon="21"><time>2024-06-15T10:30:00Z</time><extensions>'
        f'<hub:event xmlns:hub="urn:iot-personal-hub:event">{escape(text)}</hub:event></extensions></trkpt></trkseg></trk></gpx>',
        "points.geojson": '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point",'
        f'"coordinates":[21,52]}},"properties":{{"iot_hub_event":{text}}}}}]}}',
        "events.csv": "device,device_time,latitude,source,properties\n"
        f'My phone,{event["device_time"]},52,automate,"{quoted}"\n',
        "2024-06.rec": f'2024-06-15T10:30:00Z\t*  \t{{"_type":"location","tst":1718447400,"iot_hub_event":{text}}}\n',
    }
    for name, content in files.items():
        (folder / name).write_text(content)
    time = pa.array([1718447400123456], pa.int64()).cast(pa.timestamp("us", "UTC"))
    columns = {"device": ["My phone"], "device_time": time, "source": ["automate"], "properties": [inner]}
    pq.write_table(pa.table(columns), folder / "events.parquet")
    return sorted(folder.iterdir())


def test_the_hubs_own_events_come_back_as_they_were_from_every_export(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    add_device(owner, 5, "My phone")
    files = carriers(tmp_path)
    done = [run(settings, file, device=None) for file in files]
    assert sum(each.stored for each in done) == 1, [each.to_dict() for each in done]
    assert sum(each.duplicates for each in done) == len(files) - 1 == 5
    [row] = rows(
        owner, "SELECT device_id, source, properties, device_time FROM iot_personal_hub.raw_devices_properties"
    )
    assert (row["device_id"], row["source"], row["properties"]) == (5, "automate", own()["properties"])
    assert row["device_time"].isoformat() == "2024-06-15T10:30:00.123456+00:00"


def test_properties_of_own_events_keep_every_byte(tmp_path: Path) -> None:
    from imports import events, read

    from iot_hub.transfer.imports.recognition import recognised

    for file in carriers(tmp_path):
        content = file.read_bytes()
        [event] = events(read(recognised(content) or "", content))
        assert isinstance(event, Event)
        assert event.properties == json.dumps(own()["properties"], ensure_ascii=False).encode()


@pytest.mark.parametrize("source", ["null", "a,b", "a}", "", 'A"', "x" * 99])
def test_a_source_that_is_no_name_is_rejected(source: str) -> None:
    from imports import read, reasons

    assert reasons(read("events", json.dumps(own(source=source)))) == ["source_unreadable"]


def test_devices_that_a_hubs_export_names_are_added_where_asked(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "events.ndjson"
    file.write_text("".join(json.dumps(own(device=name)) + "\n" for name in ("car", "phone", "car")))
    with pytest.raises(UserError, match="no device 'car'"):
        run(settings, file, device=None)
    done = run(settings, file, device=None, add_device="car")
    assert (done.stored, done.duplicates) == (2, 1)
    assert [row["name"] for row in rows(owner, "SELECT name FROM iot_personal_hub.dim_devices ORDER BY id")] == [
        "car",
        "phone",
    ]
