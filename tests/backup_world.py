"""A hub with something to back up, and what tests of backups do to it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from events import FIRST_BETA_PROPERTIES, Connection, add_device, refresh, rows, store
from paths import memory_folder
from pydantic import SecretStr
from waiting import wait_until

from iot_hub.archive.backup.create import make_backup
from iot_hub.archive.backup.errors import BackupError
from iot_hub.archive.backup.manifest import Manifest, write_manifest
from iot_hub.archive.backup.repository import BackupRepository
from iot_hub.archive.object_store import object_store
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.operations.postgres_cluster import Cluster
from iot_hub.privacy.areas import add_area
from iot_hub.settings import Settings

HOUR = 1755860400
KEY = "a key of thirty-two characters or more"
SQUARE = b'{"type": "Polygon", "coordinates": [[[19, 50], [19, 51], [20, 51], [20, 50], [19, 50]]]}'


def quiet(_: object) -> None:
    """Show no progress."""


def hub_with_events(settings: Settings, folder: Path) -> Settings:
    """Give a hub a state folder of its own and events of two devices."""
    hub_settings = settings.model_copy(update={"home": folder / "hub", "archive_folder": folder / "storage"})
    with connect(owner_conninfo(settings, "tests")) as owner:
        fill(owner)
    return hub_settings


def fill(owner: Connection) -> None:
    for device_id in (1, 2):
        add_device(owner, device_id, f"phone {device_id}")
        events = [(HOUR + minute * 60, properties(minute)) for minute in range(200)]
        store(owner, *events, device_id=device_id)
    add_area(owner, "home", SQUARE)
    refresh(owner)


def properties(minute: int) -> dict[str, Any]:
    location = {"latitude": 52 + minute / 1000, "longitude": 21, "fix_timestamp": HOUR + minute * 60}
    return {**FIRST_BETA_PROPERTIES, "location": FIRST_BETA_PROPERTIES["location"] | location, "n": minute}


def fill_with_noise(hub_settings: Settings) -> None:
    """Make the dump so large that pg_dump still writes when its first bytes are read."""
    with connect(owner_conninfo(hub_settings, "tests")) as owner:
        owner.execute(
            "INSERT INTO iot_personal_hub.quarantine (source, reason, payload)"
            " SELECT 'hub', 'no', convert_to(string_agg(md5(n::text || k), ''), 'UTF8')"
            " FROM generate_series(1, 80) AS k, generate_series(1, 3000) AS n GROUP BY k"
        )


def make(hub_settings: Settings, keep: int = 7) -> Manifest:
    return make_backup(hub_settings, keep, quiet)[0]


def kept(hub_settings: Settings) -> BackupRepository:
    return BackupRepository(object_store(hub_settings))


@contextlib.contextmanager
def new_machine(archive_folder: Path | None) -> Iterator[Settings]:
    """A machine with an empty cluster of its own, which reaches the same storage."""
    with tempfile.TemporaryDirectory(prefix="iot-hub-new-", dir=memory_folder(), ignore_cleanup_errors=True) as folder:
        there = Settings(home=Path(folder), archive_folder=archive_folder, time_zone="Europe/Warsaw")
        cluster = Cluster(there)
        cluster.create()
        with cluster.log.open("ab") as log:
            server = subprocess.Popen([*cluster.command(), "-c", "fsync=off"], stdout=log, stderr=log)
        try:
            wait_until(cluster.answers)
            cluster.create_database()
            yield there
        finally:
            server.terminate()
            server.wait()


def with_key(hub_settings: Settings, key: str | None) -> Settings:
    return hub_settings.model_copy(update={"backup_key": key and SecretStr(key)})


def stored_file(hub_settings: Settings, manifest: Manifest) -> Path:
    assert hub_settings.archive_folder
    return hub_settings.archive_folder / manifest.file


def rewrite_manifest(hub_settings: Settings, manifest: Manifest, **changes: Any) -> None:
    path = stored_file(hub_settings, manifest).with_name(f"{manifest.name}.json")
    path.write_bytes(write_manifest(msgspec.structs.replace(manifest, **changes)))


def scratch_databases(hub_settings: Settings) -> list[dict[str, Any]]:
    """Those that verifying one of the hub's backups made and left: they are called after its own."""
    with connect(owner_conninfo(hub_settings, "tests")) as owner:
        return rows(owner, "SELECT datname FROM pg_database WHERE starts_with(datname, current_database() || '_')")


@contextlib.contextmanager
def refused(match: str) -> Iterator[pytest.ExceptionInfo[BackupError]]:
    with pytest.raises(BackupError, match=match) as caught:
        yield caught
    assert len(str(caught.value).splitlines()) == 1


def environment(hub_settings: Settings, **more: str) -> dict[str, str]:
    assert hub_settings.archive_folder
    return {
        **os.environ,
        "IOT_HUB_HOME": str(hub_settings.home),
        "IOT_HUB_ARCHIVE_FOLDER": str(hub_settings.archive_folder),
        **({"IOT_HUB_DATABASE_URL": hub_settings.database_url.get_secret_value()} if hub_settings.database_url else {}),
        **more,
    }


def run(hub_settings: Settings, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "iot_hub", "backup", *arguments],
        env=environment(hub_settings, **more), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
