"""Disk space: a backup must not take what events need."""

from __future__ import annotations

import shutil
from pathlib import Path

from iot_hub.archive.backup.errors import BackupError


def check_disk_space(folder: Path, needed: int) -> None:
    """Raise BackupError where less than ``needed`` bytes are free on the disk of a folder, which need not exist yet."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise BackupError(
            f"Only {free // 1_000_000} MB are free in {there}, and the backup needs {needed // 1_000_000} MB, with what"
            " is to be left free. Free some, keep fewer backups, or keep them elsewhere: IOT_HUB_ARCHIVE_FOLDER or"
            " IOT_HUB_S3_ENDPOINT."
        )
