"""Keeping: whole or not at all, the newest ones only, in a folder and in a bucket."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from backup_world import KEY, environment, fill_with_noise, hub_with_events, kept, make, quiet, refused, with_key
from hub_process import free_port
from paths import ROOT
from pydantic import SecretStr
from waiting import wait_until

from iot_hub.archive.backup.create import make_backup
from iot_hub.archive.backup.manifest import read_manifest
from iot_hub.archive.backup.programs import programs_for
from iot_hub.archive.backup.repository import dump_path
from iot_hub.archive.backup.verify import verify_backup
from iot_hub.archive.object_store import LARGEST_SINGLE_PUT, object_store
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    """A hub with a state folder of its own and events of two devices."""
    return hub_with_events(settings, tmp_path)


def test_only_the_newest_are_kept(home: Settings) -> None:
    made = [make(home) for _ in range(3)]
    newest, dropped = make_backup(home, 2, quiet)
    assert dropped == [made[0].name, made[1].name]
    assert kept(home).names() == [made[2].name, newest.name]
    assert len(list(object_store(home).list("backups"))) == 4


def test_what_an_interrupted_attempt_left_goes_with_the_old_ones_and_other_files_stay(home: Settings) -> None:
    store = object_store(home)
    store.put("backups/20200101T000000.000Z.json", b"{}")
    store.put("backups/notes.txt", b"mine")
    make(home)
    assert [entry.path for entry in store.list("backups") if "2020" in entry.path] == []
    assert store.get("backups/notes.txt") == b"mine"


def test_a_name_is_found_in_any_form_and_an_unknown_one_refused(home: Settings) -> None:
    with refused("Create one: iot-hub backup"):
        verify_backup(home, None, quiet)
    manifest = make(home)
    assert kept(home).find(manifest.name) == kept(home).find(manifest.file) == manifest
    with refused("backup list"):
        kept(home).find("yesterday's")


def test_a_broken_manifest_is_one_line() -> None:
    with refused("can't be read"):
        read_manifest(b"{", "backups/x.json")


def test_a_killed_backup_is_not_listed_and_the_next_one_works(home: Settings, tmp_path: Path) -> None:
    fill_with_noise(home)
    process = subprocess.Popen([sys.executable, "-m", "iot_hub", "backup"], env=environment(home))
    unfinished = home.home / "backup-work" / "dump"
    wait_until(lambda: unfinished.exists() and unfinished.stat().st_size > 0)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert kept(home).names() == []
    assert make(home).name in kept(home).names()
    assert not unfinished.exists()
    verify_backup(home, None, quiet)


def test_two_at_once_are_refused(home: Settings) -> None:
    refusals: list[str] = []

    def second(_: int) -> None:
        with refused("Another backup"):
            make(home)
        refusals.append("refused")

    make_backup(home, 7, second)
    assert refusals


def test_a_newer_server_than_pg_dump_is_one_line() -> None:
    with refused("Install postgresql-client-99"):
        programs_for(99, "")


def test_a_database_that_is_away_or_empty_is_one_line(empty_settings: Settings, tmp_path: Path) -> None:
    hub = empty_settings.model_copy(update={"home": tmp_path})
    with refused("nothing to back up"):
        make(hub)


def test_the_stored_names_are_sortable_times(home: Settings) -> None:
    manifest = make(home)
    assert manifest.file == dump_path(manifest.name, "plain")
    assert manifest.name == f"{manifest.made_at:%Y%m%dT%H%M%S}.{manifest.made_at.microsecond // 1000:03}Z"


@pytest.fixture
def s3_endpoint() -> Iterator[str]:
    """A server that speaks S3, with the hub's bucket."""
    port = free_port()
    server = ROOT / ".venv-s3" / "bin" / "moto_server"
    with subprocess.Popen(
        [server, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_until(lambda: _answers(port))
            httpx.put(f"http://127.0.0.1:{port}/iot-personal-hub").raise_for_status()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_backup_goes_to_s3_and_comes_back_in_parts_too(
    home: Settings, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A part has five megabytes, so that these are several too.
    monkeypatch.setattr("iot_hub.archive.object_store.LARGEST_SINGLE_PUT", LARGEST_SINGLE_PUT // 4)
    keys = {"s3_access_key": SecretStr("access"), "s3_secret_key": SecretStr("secret")}
    hub = with_key(home, KEY).model_copy(update={"s3_endpoint": s3_endpoint, **keys})
    with connect(owner_conninfo(hub, "tests")) as owner:
        owner.execute("ALTER TABLE iot_personal_hub.quarantine ALTER COLUMN payload SET STORAGE EXTERNAL")
        for _ in range(3):
            owner.execute(
                "INSERT INTO iot_personal_hub.quarantine (source, reason, payload) VALUES ('hub', 'no', %s)",
                (os.urandom(LARGEST_SINGLE_PUT // 8),),
            )
    manifest = make(hub)
    assert manifest.bytes > LARGEST_SINGLE_PUT // 4
    assert verify_backup(hub, None, quiet) == manifest
    assert home.archive_folder and not home.archive_folder.exists()
