"""The folder store: what a killed process leaves of a file goes, and nothing else does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from archive_world import folder_hub, live, objects
from backup_world import hub_with_events, make
from events import Connection
from waiting import wait_until

from iot_hub.archive.object_store import ORPHANED_SECONDS, object_store
from iot_hub.archive.run import run_archive
from iot_hub.settings import Settings

__all__ = ["folder_hub"]

WRITE = """
import sys
from pathlib import Path
from obstore.store import LocalStore
from iot_hub.archive.object_store import ObjectStore
folder, name = Path(sys.argv[1]), sys.argv[2]
ObjectStore(LocalStore(prefix=folder), "a folder", folder).put(name, folder.parent / "large", "overwrite")
"""


@pytest.fixture
def folder(folder_hub: Settings) -> Path:
    assert folder_hub.archive_folder
    folder_hub.archive_folder.mkdir(exist_ok=True)
    return folder_hub.archive_folder


def killed_while_writing(folder: Path, name: str) -> Path:
    """Kill a process in the midst of writing an object; give what it left."""
    with (folder.parent / "large").open("wb") as large:
        large.truncate(2_000_000_000)
    with subprocess.Popen([sys.executable, "-c", WRITE, folder, name]) as writing:
        wait_until(lambda: list(folder.rglob("*#*")) or writing.poll() is not None)
        writing.send_signal(signal.SIGKILL)
    [left] = folder.rglob("*#*")
    return left


def make_old(file: Path) -> None:
    long_ago = time.time() - ORPHANED_SECONDS - 60
    os.utime(file, (long_ago, long_ago))


def test_what_a_killed_process_left_is_swept_once_it_is_old(folder_hub: Settings, folder: Path) -> None:
    store = object_store(folder_hub)
    left = killed_while_writing(folder, "backups/20250822T000000Z.dump")
    assert list(store.list()) == []
    store.sweep("backups")
    assert left.exists()
    make_old(left)
    store.sweep("raw")
    assert left.exists()
    store.sweep("backups")
    assert not left.exists()


def test_old_objects_and_files_of_other_names_are_not_swept(folder_hub: Settings, folder: Path) -> None:
    store = object_store(folder_hub)
    store.put("backups/1.dump", b"whole")
    (folder / "backups" / "#1 of my notes").write_text("mine")
    for file in (folder / "backups").iterdir():
        make_old(file)
    store.sweep("backups")
    assert len(list((folder / "backups").iterdir())) == 2


def test_a_backup_sweeps_before_it_writes(settings: Settings, tmp_path: Path) -> None:
    home = hub_with_events(settings, tmp_path)
    left = tmp_path / "storage" / "backups" / "20250822T000000Z.dump#1"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    make_old(left)
    make(home)
    assert not left.exists()


def test_an_archive_run_sweeps_and_keeps_its_objects(folder_hub: Settings, owner: Connection, folder: Path) -> None:
    live(owner, days=1)
    run_archive(folder_hub)
    kept = objects(folder_hub)
    lefts = [folder / f"{kept[0]}#1", folder / "state" / "half.json.zst#12"]
    for left in lefts:
        left.write_bytes(b"half")
        make_old(left)
    run_archive(folder_hub)
    assert [left for left in lefts if left.exists()] == []
    assert objects(folder_hub) == kept
