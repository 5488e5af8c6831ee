"""Making and verifying: one moment, counted and dumped; what differs or was changed is refused."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from pathlib import Path

import psycopg
import pytest
from backup_world import (
    HOUR,
    KEY,
    fill_with_noise,
    hub_with_events,
    make,
    quiet,
    refused,
    rewrite_manifest,
    scratch_databases,
    stored_file,
    with_key,
)
from events import store
from waiting import wait_until

from iot_hub.archive.backup.create import make_backup
from iot_hub.archive.backup.verify import verify_backup
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    """A hub with a state folder of its own and events of two devices."""
    return hub_with_events(settings, tmp_path)


def test_a_backup_verifies_and_leaves_no_scratch_database(home: Settings) -> None:
    manifest = make(home)
    assert verify_backup(home, None, quiet) == manifest
    assert scratch_databases(home) == []
    assert manifest.rows["iot_personal_hub.raw_devices_properties"] == manifest.events == 400
    assert manifest.rows["iot_personal_hub.dim_devices"] == 2
    assert not [table for table in manifest.rows if "spatial_ref_sys" in table]


def test_counts_are_of_the_dumps_own_moment(home: Settings) -> None:
    stop = threading.Event()
    stored: list[int] = []

    def write_all_the_time() -> None:
        with connect(owner_conninfo(home, "tests")) as owner:
            while not stop.is_set():
                stored.append(store(owner, (HOUR + 90_000 + len(stored), {"late": len(stored)})))

    writer = threading.Thread(target=write_all_the_time)
    writer.start()
    try:
        wait_until(lambda: stored)
        manifest = make(home)
    finally:
        stop.set()
        writer.join()
    assert 400 < manifest.events < 400 + sum(stored)
    verify_backup(home, manifest.name, quiet)


def test_only_the_owner_of_the_hub_can_read_a_backup_and_nothing_stays_in_between(home: Settings) -> None:
    manifest = make(home)
    assert home.archive_folder
    assert home.archive_folder.stat().st_mode & 0o077 == 0
    assert not (home.home / "backup-work").exists()
    assert stored_file(home, manifest).read_bytes().startswith(b"PGDMP")


def test_no_password_is_in_a_command_line(home: Settings) -> None:
    fill_with_noise(home)
    password = str(psycopg.conninfo.conninfo_to_dict(owner_conninfo(home, "tests"))["password"])
    dumping: list[str] = []

    def look(_: int) -> None:
        for path in Path("/proc").glob("[0-9]*/cmdline") if not dumping else ():
            with contextlib.suppress(OSError):
                if "pg_dump" in (line := path.read_text()):
                    dumping.append(line)

    make_backup(home, 7, look)
    assert dumping
    assert not any(password in line for line in dumping)


def test_a_missing_row_is_noticed(home: Settings) -> None:
    manifest = make(home)
    raw = "iot_personal_hub.raw_devices_properties"
    rewrite_manifest(home, manifest, rows=manifest.rows | {raw: 401, "iot_personal_hub.gone": 1})
    with refused(r"gone has no table, not 1 rows; .*raw_devices_properties has 400 rows, not 401 rows"):
        verify_backup(home, None, quiet)
    assert scratch_databases(home) == []


@pytest.mark.parametrize("schema", ["iot_personal_hub", "iot_hub_owner", "iot_hub_public", "iot_hub_shared"])
def test_a_view_that_can_not_be_read_is_noticed(home: Settings, schema: str) -> None:
    with connect(owner_conninfo(home, "tests")) as owner:
        owner.execute(f"CREATE VIEW {schema}.view_of_mine AS SELECT 1 / count(*) - 1 / (count(*) - 400) AS x"
                      " FROM iot_personal_hub.raw_devices_properties")  # fmt: skip
    make(home)
    with refused("division by zero"):
        verify_backup(home, None, quiet)


@pytest.mark.parametrize("key", [None, KEY])
def test_a_flipped_byte_is_refused(home: Settings, key: str | None) -> None:
    hub = with_key(home, key)
    manifest = make(hub)
    file = stored_file(hub, manifest)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with refused("was changed since it was made"):
        verify_backup(hub, None, quiet)


@pytest.mark.parametrize("key", [None, KEY])
def test_a_file_cut_short_is_refused(home: Settings, key: str | None) -> None:
    hub = with_key(home, key)
    manifest = make(hub)
    file = stored_file(hub, manifest)
    file.write_bytes(file.read_bytes()[:-1])
    with refused("was cut or added to"):
        verify_backup(hub, None, quiet)


def test_half_a_dump_with_a_manifest_that_fits_it_is_not_restored(home: Settings) -> None:
    manifest = make(home)
    half = stored_file(home, manifest).read_bytes()[:-2000]
    stored_file(home, manifest).write_bytes(half)
    rewrite_manifest(home, manifest, bytes=len(half), sha256=hashlib.sha256(half).hexdigest())
    with refused("nothing was changed"):
        verify_backup(home, None, quiet)
    assert scratch_databases(home) == []
