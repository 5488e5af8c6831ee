"""Files and folders of the hub's that nobody else on the machine may open.

A lock on a file can be held by whoever may open it, for reading alone too: its file is as private as a secret.
What an older version created with more rights loses them when it is opened again.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

PASSABLE = 0o711
"""For a folder whose content others reach if they know its name and its own rights allow it: the database's socket."""


def write_private(path: Path, content: bytes, *, mode: int = 0o600, durable: bool = False) -> None:
    """Write a file in place of the one that is there, whole or not at all, for its owner alone. Raises OSError.

    A ``durable`` one is on the disk when this returns. Its folder has to exist.
    """
    with _draft(path, content, mode, durable) as draft:
        draft.rename(path)
    if durable:
        _flush_folder(path.parent)


def create_private(path: Path, content: bytes) -> bool:
    """Write a file where there is none, whole or not at all; return whether there was none. Raises OSError.

    Of two processes that do so at once, one succeeds.
    """
    with _draft(path, content, 0o600, durable=True) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
    _flush_folder(path.parent)
    return True


def create_empty(path: Path) -> None:
    """Create an empty file where there is none, for its owner alone. Raises OSError."""
    # A file that is there is not even opened: a process that closes a file loses all its locks on it (fcntl(2)), those
    # of an SQLite database that it has open included.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def open_lock(path: Path) -> IO[str]:
    """Open a lock's file, created where there is none, for its owner alone. Raises OSError."""
    # O_NOFOLLOW: in a folder that others can write, no link leads this to a file of theirs.
    number = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    _close_to_others(number, 0o600)
    return open(number, "a+", encoding="utf-8")


def open_log(path: Path) -> IO[bytes]:
    """Open a log to append to, created where there is none, for its owner alone. Raises OSError."""
    number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    _close_to_others(number, 0o600)
    return open(number, "ab")


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Create a folder where there is none, with these rights whatever the umask. Raises OSError.

    Missing parents are created as any program creates them: the server's user has to pass through.
    """
    for missing in [folder for folder in reversed(path.parents) if not folder.exists()]:
        _make(missing, 0o755)
    _make(path, mode)


def make_private_folder(path: Path) -> None:
    """Create a folder where there is none, and revoke the rights of others in one that exists. Raises OSError."""
    make_folder(path)
    if (status := path.stat()).st_uid == os.geteuid() and status.st_mode & 0o077:
        path.chmod(0o700)


@contextlib.contextmanager
def private_umask() -> Iterator[None]:
    """Create whatever a library creates meanwhile for its user alone: not for a moment could another open it."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def _draft(path: Path, content: bytes, mode: int, durable: bool) -> Iterator[Path]:
    """Write a file beside its final place; what is still there at the end is deleted."""
    draft = path.with_name(f".{path.name}.{threading.get_native_id()}.draft")
    # What a killed thread of the same number left.
    draft.unlink(missing_ok=True)
    try:
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with open(number, "wb") as file:
            file.write(content)
            if mode != 0o600:
                os.fchmod(number, mode)
            file.flush()
            if durable:
                os.fsync(number)
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


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
