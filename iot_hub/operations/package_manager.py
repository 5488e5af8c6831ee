"""Whether Debian's package manager is running: half of a new version is worse than the old one."""

from __future__ import annotations

import os
import re
from pathlib import Path

LOCKS = (Path("/var/lib/dpkg/lock"), Path("/var/lib/dpkg/lock-frontend"))
"""dpkg holds them, and apt around several runs of dpkg."""
_LOCK = re.compile(r"POSIX\s+ADVISORY\s+WRITE\s+\d+\s+([0-9a-f]+):([0-9a-f]+):(\d+)")


def is_busy(locks: tuple[Path, ...] = LOCKS) -> bool:
    """Return whether a process holds one of its locks.

    The kernel lists locks by inode, so the files, which only root can open, need not be opened.
    """
    try:
        held = {(int(major, 16), int(minor, 16), int(inode)) for major, minor, inode in _held()}
    except OSError:
        return False
    return any(_inode(lock) in held for lock in locks)


def _held() -> list[tuple[str, str, str]]:
    return _LOCK.findall(Path("/proc/locks").read_text())


def _inode(lock: Path) -> tuple[int, int, int] | None:
    try:
        file = lock.stat()
    except OSError:
        return None
    return os.major(file.st_dev), os.minor(file.st_dev), file.st_ino
