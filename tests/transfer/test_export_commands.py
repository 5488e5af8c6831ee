"""``export FORMAT``, as people and programs see it."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from click.testing import Result
from events import Connection, add_device, refresh
from export_world import EVENTS, POSITIONS, START, store
from paths import ROOT
from typer.testing import CliRunner
from waiting import wait_until

from iot_hub.cli.main import app
from iot_hub.cli.owner import owner_connection
from iot_hub.database.errors import explanation
from iot_hub.transfer.exports.destination import whole_file
from iot_hub.transfer.exports.formats import FORMATS


@pytest.fixture(autouse=True)
def phone(hub_variables: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, owner: Connection) -> None:
    """A phone that has events, and a folder to be in."""
    monkeypatch.chdir(tmp_path)
    add_device(owner, 1, "My phone / =1")
    store(owner, *EVENTS)
    refresh(owner)


def export(*words: str) -> Result:
    return CliRunner().invoke(app, ["export", *words, "--device", "1"])


def refused(*words: str) -> str:
    result = export(*words)
    assert result.exit_code == 1
    return str(result.exception)


def files() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


@pytest.mark.parametrize("format", FORMATS.values(), ids=lambda each: each.name)
def test_a_file_is_named_after_device_and_days_in_the_owners_zone(format: object) -> None:
    done = export(format.name)  # type: ignore[attr-defined]
    assert done.exit_code == 0, done.output
    # START is two in the morning in Warsaw.
    assert files() == [f"My-phone-1-2025-08-22-2025-08-22.{format.extension}"]  # type: ignore[attr-defined]
    assert stat.S_IMODE(Path(files()[0]).stat().st_mode) == 0o600


def test_the_summary_says_what_was_written_and_what_was_left_out() -> None:
    done = export("gpx", "--output", "track.gpx")
    assert f"{POSITIONS} events written to track.gpx." in done.stdout
    assert f"{len(EVENTS) - POSITIONS} events have no position" in done.stderr
    assert "ndjson contains them too" in done.stderr
    assert json.loads(export("gpx", "--output", "track.gpx", "--force", "--json").stdout) == {
        "file": "track.gpx", "events": POSITIONS, "without_position": len(EVENTS) - POSITIONS,
    }  # fmt: skip
    assert "no position" not in export("ndjson", "--output", "-").stderr


def test_a_day_is_cut_in_the_owners_zone() -> None:
    assert "no event" in refused("ndjson", "--to", "2025-08-22")
    assert "no event" in refused("ndjson", "--from", "2025-08-23")
    export("ndjson", "--from", "2025-08-22", "--to", "2025-08-22T02:01:00", "--output", "first.ndjson")
    assert Path("first.ndjson").read_text().count("\n") == 1


def test_a_file_that_is_there_is_replaced_with_force_alone() -> None:
    Path("mine.csv").write_text("mine")
    assert "--force" in refused("csv", "--output", "mine.csv")
    assert Path("mine.csv").read_text() == "mine"
    assert export("csv", "--output", "mine.csv", "--force").exit_code == 0
    assert Path("mine.csv").read_text().startswith("device,")
    assert files() == ["mine.csv"]


def test_standard_output_holds_the_export_alone() -> None:
    done = export("ndjson", "--output", "-")
    assert done.exit_code == 0
    assert [json.loads(line)["source"] for line in done.stdout.split("\n")[:-1]] == [source for *_, source in EVENTS]
    assert f"{len(EVENTS)} events written." in done.stderr
    assert files() == []


def test_a_folder_gets_the_file_under_its_own_name() -> None:
    Path("exports").mkdir()
    assert export("csv", "--output", "exports").exit_code == 0
    assert [path.suffix for path in Path("exports").iterdir()] == [".csv"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("word",), "csv, a table for spreadsheets"),
        (("csv", "--from", "yesterday"), "ISO 8601"),
        (("csv", "--from", "2025-08-22", "--to", "2025-08-22"), "--from must be before --to"),
        (("csv", "--output", "no/such/folder/x.csv"), "can't be written: No such file or directory"),
        (("csv", "--json", "--output", "-"), "use --output FILE"),
    ],
)
def test_what_can_not_be_done_is_one_line_that_says_what_to_do(words: tuple[str, ...], said: str) -> None:
    message = refused(*words)
    assert said in message
    assert "\n" not in message
    assert files() == []


def test_an_unknown_device_is_one_line() -> None:
    result = CliRunner().invoke(app, ["export", "csv", "--device", "fridge"])
    assert "no device 'fridge'" in str(result.exception)


def test_the_help_names_every_format() -> None:
    words = CliRunner().invoke(app, ["export", "--help"]).stdout
    assert [name for name in FORMATS if name not in words] == []


@pytest.mark.slow
def test_parquet_does_not_go_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "iot_hub", "export", "parquet", "--device", "1", "--output", "-"],
        cwd=ROOT, stdout=theirs, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (
        1, "iot-hub: This format is no text for a terminal. Give --output FILE, or pipe it.\n",
    )  # fmt: skip


def test_days_that_are_in_the_archive_only_are_told_of(owner: Connection) -> None:
    owner.execute(
        "INSERT INTO iot_personal_hub.dropped_days (device_id, date, events, fingerprint)"
        " VALUES (1, '2025-08-20', 3, decode(repeat('00', 16), 'hex'))"
    )
    assert "1 days are only in the archive" in export("csv", "--output", "all.csv").stderr
    assert "archive" not in export("csv", "--output", "some.csv", "--from", "2025-08-22").stderr


def test_an_export_that_fails_or_is_interrupted_leaves_nothing_under_its_name(tmp_path: Path) -> None:
    for reason in (RuntimeError, KeyboardInterrupt):
        with pytest.raises(reason), whole_file(tmp_path / "x.csv", replace=False) as file:
            file.write(b"half")
            raise reason
    assert files() == []


def test_a_device_such_as_dev_null_is_not_replaced_by_a_file() -> None:
    os.mkfifo("pipe")
    assert "is no file" in refused("csv", "--output", "pipe", "--force")
    assert stat.S_ISFIFO(Path("pipe").stat().st_mode)


@pytest.mark.slow
def test_a_killed_export_leaves_no_half_file_under_the_final_name(owner: Connection, tmp_path: Path) -> None:
    # Far more than a pipe or a page holds, so that it is killed on its way.
    store(owner, *((START + n, {"text": "x" * 2_000}, "hub") for n in range(20_000)))
    command = [
        sys.executable,
        "-m",
        "iot_hub",
        "export",
        "ndjson",
        "--device",
        "1",
        "--output",
        str(tmp_path / "all.ndjson"),
    ]
    with subprocess.Popen(command, cwd=ROOT) as process:
        wait_until(lambda: any(path.stat().st_size > 0 for path in tmp_path.iterdir()))
        process.kill()
    assert not (tmp_path / "all.ndjson").exists()
    assert export("ndjson", "--output", "all.ndjson").exit_code == 0


def test_two_exports_to_one_name_do_not_mix(tmp_path: Path) -> None:
    with whole_file(tmp_path / "x", replace=False) as first:
        first.write(b"first")
        with whole_file(tmp_path / "x", replace=False) as second:
            second.write(b"second")
        with pytest.raises(Exception, match="already"), whole_file(tmp_path / "x", replace=False):
            pass
        first.flush()
        assert (tmp_path / "x").read_bytes() == b"second"
        (tmp_path / "x").unlink()
    assert (tmp_path / "x").read_bytes() == b"first"


def test_times_are_said_in_the_owners_zone_in_the_name(owner: Connection) -> None:
    midnight = datetime(2025, 8, 22, 22, 30, tzinfo=UTC).timestamp()
    store(owner, (midnight, {"a": 1}, "hub"))
    export("csv")
    assert files() == ["My-phone-1-2025-08-22-2025-08-23.csv"]


def test_a_database_that_ends_amid_a_command_is_told_of_in_one_line(owner: Connection) -> None:
    with pytest.raises(psycopg.errors.AdminShutdown) as ended, owner_connection() as connection:
        owner.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
        connection.execute("SELECT 1")
    # What the command line makes of whatever a command raises.
    assert "went away" in explanation(ended.value)
