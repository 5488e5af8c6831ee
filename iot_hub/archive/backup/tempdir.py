"""A temporary folder in the hub's home, for one process at a time."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path

from iot_hub.archive.backup.errors import BackupError
from iot_hub.files.private_files import PASSABLE, make_folder, open_lock


@contextlib.contextmanager
def private_tempdir(home: Path) -> Iterator[Path]:
    """Yield an empty folder that only this user can read. What a killed process left there is deleted.

    Raises BackupError where another process works on a backup of the same hub.
    """
    folder = home / "backup-work"
    try:
        make_folder(home, PASSABLE)
        lock_file = open_lock(home / "backup.lock")
    except OSError as error:
        raise BackupError(f"The state folder {home} can't be used: {error.strerror}.") from error
    with lock_file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError("Another backup, verify or restore of this hub is running. Wait for it.") from error
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
