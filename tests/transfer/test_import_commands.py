"""``iot-hub import`` and ``decode`` as people and programs use them; the pages that tell of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import psycopg
import pytest
from command_line import fail, run, run_failing
from events import FIRST_BETA_PROPERTIES, Connection, add_device, rows
from fixture_meaning import FILE, FIXTURES, fixtures
from paths import ROOT

from iot_hub.settings import Settings
from iot_hub.transfer.imports.formats import FORMATS
from iot_hub.transfer.imports.recognition import recognised

pytestmark = pytest.mark.usefixtures("hub_variables")


PAGE = (ROOT / "docs" / "import.md").read_text()


def test_an_import_tells_what_came_of_it(owner: Connection) -> None:
    add_device(owner, name="My phone")
    file = str(FIXTURES / "imports" / "google_Records.json")
    assert json.loads(run("import", "google_timeline", file, "--device", "My phone", "--json")) == {
        "files": 1, "read": 3, "stored": 3, "duplicates": 0, "rejected": {}, "ignored": {}, "foreign_files": [],
        "local_times": {}, "repeated_times": 0, "guessed_times": 0,
        "other_trackers": {},
        "members": [{"name": "google_Records.json", "format": "google-timeline", "readings": 3, "rejected": 0,
                     "ignored": 0, "converted_from": None, "trouble": None}],
    }  # fmt: skip
    assert "3 records read in 1 files: 0 would be stored, 3 known" in run(
        "import", "google", file, "--device", "1", "--dry-run"
    )
    assert "3 known already" in run("import", "auto", file, "--device", "1")


def test_a_time_of_gpx_without_offset_is_utc_and_of_csv_the_owners(owner: Connection, tmp_path: Path) -> None:
    add_device(owner)
    track, table = tmp_path / "a.gpx", tmp_path / "a.csv"
    track.write_text('<gpx><trkpt lat="52" lon="21"><time>2024-06-15T10:30:00</time></trkpt></gpx>')
    table.write_text("time,lat,lon\n2024-06-15 10:30:00,52,21")
    for file in (track, table):
        run("import", "auto", str(file), "--device", "1")
    run("import", "gpx", str(track), "--device", "1", "--time-zone", "America/New_York")
    found = rows(owner, "SELECT device_time FROM iot_personal_hub.raw_devices_properties ORDER BY device_time")
    assert [row["device_time"].hour for row in found] == [8, 10, 14]


def test_an_import_of_nothing_is_no_success_and_says_what_lacks(owner: Connection, tmp_path: Path) -> None:
    add_device(owner)
    (tmp_path / "empty").mkdir()
    files = {
        "empty": ("", "no file is of a format"),
        "a.csv": ("time,lat,lon\n", "the files hold no records"),
        "b.csv": ("time,lat,lon\nsoon,52,21\n", "no record could be read"),
        "traccar.kml": ((FIXTURES / "field" / "27-traccar-kml" / "report.kml").read_text(), "line_without_times"),
    }
    for name, (content, words) in files.items():
        if content:
            (tmp_path / name).write_text(content)
        for more in ((), ("--dry-run",)):
            told = run_failing("import", "auto", str(tmp_path / name), "--device", "1", *more)
            assert "Nothing was imported" in told and words in told
    assert json.loads(run_failing("import", "csv", str(tmp_path / "a.csv"), "--device", "1", "--json"))["read"] == 0


def test_an_encoding_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    assert "Unknown encoding" in fail("import", "csv", str(tmp_path), "--encoding", "klingon")


def test_columns_are_named_on_the_command_line(owner: Connection, tmp_path: Path) -> None:
    add_device(owner)
    file = tmp_path / "a.csv"
    file.write_text("t,a,b\n1718447400,52,21")
    assert "--columns time=NAME" in fail("import", "csv", str(file), "--device", "1")
    assert "no meaning of a column" in fail("import", "csv", str(file), "--device", "1", "--columns", "when=t")
    assert "names no column" in fail("import", "csv", str(file), "--device", "1", "--columns", "time")
    assert "1 stored" in run("import", "csv", str(file), "--device", "1", "--columns", "time=t,latitude=a,longitude=b")


@pytest.mark.parametrize("fixture", fixtures(kinds=FILE), ids=lambda each: each.payload.name)
def test_a_file_to_import_is_decoded_by_its_formats_name(fixture) -> None:  # noqa: ANN001
    format = recognised(fixture.payload.read_bytes()) or ""
    if fixture.expected["events"]:
        assert json.loads(run("decode", format, str(fixture.payload)))
    else:
        assert "on the phone itself" in fail("decode", format, str(fixture.payload))


@pytest.mark.parametrize("name", ["gpslogger", "csv"])
def test_gpsloggers_log_is_decoded_by_either_name(name: str) -> None:
    assert len(json.loads(run("decode", name, str(FIXTURES / "gpslogger" / "log.csv")))) == 2


def test_what_an_app_sends_is_still_decoded_by_its_source() -> None:
    told = json.loads(run("decode", "gpslogger", str(FIXTURES / "gpslogger" / "query_full.txt")))
    assert "gpslogger" in told[0]["properties"]


def test_a_database_of_the_first_beta_is_read_and_left_alone(
    empty_settings: Settings, cluster: Settings, owner: Connection
) -> None:
    assert empty_settings.database_url
    url = empty_settings.database_url.get_secret_value()
    text = json.dumps(FIRST_BETA_PROPERTIES)
    with psycopg.connect(url, autocommit=True) as beta:
        beta.execute((ROOT / "tests" / "first_beta.sql").read_text())
        beta.execute("TRUNCATE iot_personal_hub.raw_devices_properties")
        for device, time in ((1, 1755861753), (1, 1755861753), (7, 1755861754), (7, 12)):
            beta.execute(
                "INSERT INTO iot_personal_hub.raw_devices_properties (device_id, device_timestamp, properties)"
                " VALUES (%s, %s, %s)", (device, time, text),
            )  # fmt: skip
    first = json.loads(run("import", "first-beta", "--database", url, "--json"))
    assert (first["read"], first["stored"], first["duplicates"], first["rejected"]) == (4, 2, 1, {"time_too_old": 1})
    assert json.loads(run("import", "first_beta", "--database", url, "--json"))["stored"] == 0
    assert [row["id"] for row in rows(owner, "SELECT id FROM iot_personal_hub.dim_devices ORDER BY id")] == [1, 7]


def test_a_database_that_is_none_of_the_first_beta_is_one_clear_line(empty_settings: Settings) -> None:
    assert empty_settings.database_url
    assert "no table" in fail("import", "first-beta", "--database", empty_settings.database_url.get_secret_value())


def test_every_format_has_its_page_section_and_a_fixture_or_a_test_of_its_own() -> None:
    assert set(FORMATS) | {"first-beta"} == set(re.findall(r"^## ([a-z0-9-]+)$", PAGE, re.MULTILINE))
    known = {recognised(each.payload.read_bytes()) for each in fixtures(kinds=FILE)}
    assert set(FORMATS) - known == {"events"}  # Theirs are made in test_import_run.


def test_every_reason_that_needs_words_is_one_that_is_given() -> None:
    from iot_hub.transfer.imports.accounting import MEANINGS

    places = [*(ROOT / "iot_hub" / "transfer" / "imports").glob("*.py"), *(ROOT / "iot_hub").glob("*.py")]
    places.append(ROOT / "iot_hub" / "sources" / "canonical.py")
    code = "".join(path.read_text() for path in places if path.name != "accounting.py")
    assert [reason for reason in MEANINGS if f'"{reason}"' not in code] == []
