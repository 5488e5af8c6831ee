"""Importing the first beta's bucket: every file is accounted for, and twice is once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from archive_world import in_bucket, s3_url
from events import FIRST_BETA_PROPERTIES, Connection, add_device, refresh, rows
from typer import Typer
from typer.testing import CliRunner

from iot_hub.access.devices import add_device as add_device_with_token
from iot_hub.archive.object_store import object_store
from iot_hub.cli import importing
from iot_hub.errors import UserError
from iot_hub.settings import Settings
from iot_hub.settings import settings as current_settings
from iot_hub.transfer.imports.first_beta_archive import files_in_bucket, files_in_folder, import_files

__all__ = ["s3_url"]

START = 1_755_820_800  # 2025-08-22T00:00:00Z


def body(device_id: int, time: int, **more: Any) -> bytes:
    return json.dumps(
        {"device_id": device_id, "device_timestamp": time, "properties": FIRST_BETA_PROPERTIES | more}
    ).encode()


def bucket() -> dict[str, bytes]:
    """Two devices' events, one of them twice, and what can't be stored."""
    files = {f"mobile/1/2025-08-22/{START + n * 60}.json": body(1, START + n * 60, n=n) for n in range(50)}
    files |= {f"mobile/7/2025-08-23/{START + n * 60}.json": body(7, START + 86_400 + n * 60) for n in range(30)}
    files["mobile/7/2025-08-23/again.json"] = body(7, START + 86_400)
    files["mobile/1/2025-08-24/1.json"] = b"{not json"
    files["mobile/1/2025-08-24/2.json"] = body(2, START)
    files["mobile/1/2025-08-24/3.json"] = body(1, START + 5, huge="\\u0000").replace(b"\\\\u0000", b"\\u0000")
    return files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, content in bucket().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / "mobile" / "README.md").write_text("not an event")
    return tmp_path


def test_every_file_of_a_folder_is_accounted_for_and_twice_is_once(folder: Path, owner: Connection) -> None:
    add_device(owner, 1, "my phone")
    first = import_files(owner, files_in_folder(folder))
    assert (first.files, first.stored, first.duplicates, first.rejected, first.foreign) == (85, 80, 1, 3, 1)
    again = import_files(owner, files_in_folder(folder))
    assert (again.files, again.stored, again.duplicates, again.rejected, again.foreign) == (85, 0, 81, 3, 1)
    kept = rows(owner, "SELECT reason, device_id, times FROM iot_personal_hub.quarantine ORDER BY reason")
    assert [(row["reason"], row["device_id"], row["times"]) for row in kept] == [
        ("not_json", 1, 2), ("nul_character", 1, 2), ("wrong_device", 1, 2),
    ]  # fmt: skip
    refresh(owner)
    counted = rows(
        owner,
        "SELECT device_id, sum(count_events) AS events"
        " FROM iot_personal_hub.agg_hourly_devices_smartphone_events_counter GROUP BY device_id ORDER BY device_id",
    )
    assert [(row["device_id"], row["events"]) for row in counted] == [(1, 50), (7, 30)]


def test_unknown_devices_are_added_and_known_ones_keep_their_names(folder: Path, owner: Connection) -> None:
    add_device(owner, 1, "my phone")
    import_files(owner, files_in_folder(folder / "mobile"))
    named = {row["id"]: row["name"] for row in rows(owner, "SELECT id, name FROM iot_personal_hub.dim_devices")}
    assert named == {1: "my phone", 7: "device 7"}
    assert add_device_with_token(owner, "new", "sensor")[0] == 8


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no folder"):
        files_in_folder(tmp_path / "missing")


@pytest.mark.slow
def test_the_bucket_itself_is_read(settings: Settings, owner: Connection, s3_url: str, tmp_path: Path) -> None:
    reached = in_bucket(settings, s3_url, tmp_path.name)
    store = object_store(reached)
    for path, content in bucket().items():
        store.put(path, content)
    done = import_files(owner, files_in_bucket(store))
    assert (done.files, done.stored, done.duplicates, done.rejected) == (84, 80, 1, 3)


def test_the_command_accounts_for_every_file(settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.database_url
    monkeypatch.setenv("IOT_HUB_HOME", str(settings.home))
    monkeypatch.setenv("IOT_HUB_DATABASE_URL", settings.database_url.get_secret_value())
    current_settings.cache_clear()
    app = Typer()
    importing.register(app)
    result = CliRunner().invoke(app, ["import", "first-beta", str(folder), "--json"], catch_exceptions=False)
    current_settings.cache_clear()
    assert json.loads(result.stdout) == {"files": 85, "stored": 80, "duplicates": 1, "rejected": 3, "foreign": 1}
