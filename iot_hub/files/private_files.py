"""Files and folders of the hub's that nobody else on the machine may open.

A lock on a file can be taken by whoever may open it, for reading alone too: its file is as private as a secret.
What was made before with more rights loses them when it is opened again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

PASSABLE = 0o711
"""Of a folder whose content others reach where they know its name and that lets them: the database's socket."""


def open_lock(path: Path) -> IO[str]:
    """Open a lock's file, made where there is none, for its owner alone. Raises OSError."""
    # O_NOFOLLOW: in a folder that others can write, no link leads this to a file of theirs.
    number = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    _close_to_others(number, 0o600)
    return open(number, "a+", encoding="utf-8")


def open_log(path: Path) -> IO[bytes]:
    """Open a log to be added to, made where there is none, for its owner alone. Raises OSError."""
    number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    _close_to_others(number, 0o600)
    return open(number, "ab")


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Make a folder where there is none, with these rights whatever the umask. Raises OSError.

    Folders above it that are missing are made as any program makes them: the server's user has to pass.
    """
    for missing in [folder for folder in reversed(path.parents) if not folder.exists()]:
        _make(missing, 0o755)
    _make(path, mode)


def make_private_folder(path: Path) -> None:
    """Make a folder where there is none, and take from others what they may do in one that is there. Raises OSError."""
    make_folder(path)
    if (status := path.stat()).st_uid == os.geteuid() and status.st_mode & 0o077:
        path.chmod(0o700)


@contextlib.contextmanager
def private_umask() -> Iterator[None]:
    """Have what a library creates meanwhile be its user's alone: not for a moment could another open it."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _make(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(mode=mode)
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:
        folder.chmod(mode)


def _close_to_others(number: int, mode: int) -> None:
    status = os.fstat(number)
    if status.st_uid == os.geteuid() and status.st_mode & 0o077:
        os.fchmod(number, mode)
