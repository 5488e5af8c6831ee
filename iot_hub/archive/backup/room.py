"""Room on a disk: a backup must not take what events need."""

from __future__ import annotations

import shutil
from pathlib import Path

from iot_hub.archive.backup.errors import BackupError


def check_room(folder: Path, least: int) -> None:
    """Raise BackupError where less than ``least`` bytes are free on the disk of a folder, which need not exist yet."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    if free < least:
        raise BackupError(
            f"Only {free // 1_000_000} MB are free in {there}, and the backup needs {least // 1_000_000} MB, with what"
            " is to be left free. Free some, keep fewer backups, or keep them elsewhere: IOT_HUB_ARCHIVE_FOLDER or"
            " IOT_HUB_S3_ENDPOINT."
        )
