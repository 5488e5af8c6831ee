"""What the hub writes is its user's alone, whatever the umask and whatever folder it is told to write to."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from events import Connection, add_device, store
from hub_process import Hub, running_hub
from waiting import wait_until

from iot_hub.archive.backup.create import make_backup
from iot_hub.archive.backup.tempdir import private_tempdir
from iot_hub.archive.object_store import object_store
from iot_hub.errors import UserError
from iot_hub.operations.locks import ServerLock
from iot_hub.settings import Settings

MADE_FOR_OTHERS = {"acme", "run", ".s.PGSQL.5432"}
"""An ACME client's answers, and the database's socket, which asks for a password."""


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> set[str]:
    """Name the files and folders below one that others may read, write or look into."""
    found = [path for path in folder.rglob("*") if not path.is_symlink() and "postgresql" not in path.parts]
    return {path.name for path in found if path.lstat().st_mode & 0o077} - MADE_FOR_OTHERS


@pytest.mark.usefixtures("usual_umask")
def test_a_backup_in_a_folder_that_all_may_read_is_its_owners_alone(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    add_device(owner)
    store(owner, (1_755_000_000, {"a": 1}))
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    there = settings.model_copy(update={"home": tmp_path / "hub", "archive_folder": shared})
    make_backup(there, 7, lambda _: None)
    object_store(there).put("raw/a.parquet", b"x")
    object_store(there).put("raw/a.parquet", b"y" * 33_000_000, "overwrite")
    files = [path for path in shared.rglob("*") if path.is_file()]
    assert len(files) >= 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@pytest.mark.usefixtures("usual_umask")
def test_nobody_else_can_open_a_lock_and_one_of_before_is_closed(tmp_path: Path) -> None:
    home = tmp_path / "hub"
    home.mkdir(mode=0o755)
    (home / "server.lock").touch(mode=0o644)
    with contextlib.closing(ServerLock(home, lambda: None)) as lock:
        lock.hub_runs()
    with private_tempdir(home):
        pass
    locks = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.glob("*.lock")}
    assert locks == {"server.lock": 0o600, "hub.lock": 0o600, "backup.lock": 0o600}


def test_a_link_in_the_place_of_a_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "server.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="can't be used"):
        ServerLock(tmp_path, lambda: None)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.hub
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("usual_umask")
def test_a_hub_that_runs_leaves_nothing_that_others_can_open() -> None:
    with running_hub(first_start=True) as hub:
        home = Path(hub.environment["IOT_HUB_HOME"])
        token = _device(hub)
        hub.command("backup")
        wait_until(lambda: (home / "metrics" / "worker.prom").exists())
        assert open_to_others(home) == set()
        if os.geteuid() == 0:
            assert _others_are_refused(home / "server.lock")
        assert token


def _device(hub: Hub) -> str:
    return hub.command("device", "add", "My phone", "--json").stdout


def _others_are_refused(lock: Path) -> bool:
    """Try to hold a lock as a user of the machine without rights."""
    script = f"import fcntl; fcntl.flock(open({str(lock)!r}), fcntl.LOCK_SH)"
    tried = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", "-c", script],
        capture_output=True, text=True,
    )  # fmt: skip
    return tried.returncode != 0 and "PermissionError" in tried.stderr
