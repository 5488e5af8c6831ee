"""The folder of photos: which files are in it, and how one is opened without leaving it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from iot_hub.errors import UserError
from iot_hub.photos import heif

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", *heif.SUFFIXES)


@dataclass(frozen=True)
class Found:
    """A file of the folder, by its path in it."""

    path: str
    file_bytes: int
    modified_ns: int


def files_of(folder: Path) -> Iterator[Found]:
    """Find the photos of a folder and of those in it. Links and hidden files are left out. Raises UserError."""
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        raise UserError(f"The folder of photos, {folder}, is not there or may not be read. Correct IOT_HUB_PHOTOS.")
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.startswith(".") or not name.lower().endswith(SUFFIXES):
                continue
            file = Path(where, name)
            try:
                found = file.lstat()
                path = str(file.relative_to(folder))
                # PostgreSQL holds no name that is not UTF-8.
                path.encode()
            except (OSError, UnicodeEncodeError):
                continue
            if stat.S_ISREG(found.st_mode):
                yield Found(path, found.st_size, found.st_mtime_ns)


def open_inside(folder: Path, path: str) -> IO[bytes]:
    """Open a file by its path in a folder. Raises OSError, also if a part of the path is a link or leads out of it."""
    *folders, name = path.split("/")
    if not name or any(part in ("", ".", "..") for part in (*folders, name)):
        raise FileNotFoundError("no file of the folder")
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folders:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
            os.close(here)
            here = inner
        # Not blocking: a pipe put in a file's place would wait for ever.
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=here)
    finally:
        os.close(here)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise FileNotFoundError("no file of the folder")
    return os.fdopen(file, "rb")
