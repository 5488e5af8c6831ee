"""The files that a running program was started from, and whether they are still those on the disk.

A package manager puts a new file in the place of the old one: the path has another inode then, while the
process goes on with the old. Two looks, since neither sees everything: files named by hand (a library that is
loaded only when it is first used, a Python module), and what the kernel has mapped into the process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

FileState = tuple[int, int, int, int] | None
"""Device, inode, time of the last change and size; None: there is no such file."""

_MAPPED = re.compile(r"^\S+ ..x. \S+ \S+ \d+\s+(/.+) \(deleted\)$", re.MULTILINE)
"""Code of a file that has lost its name (proc_pid_maps(5))."""
_IS_CODE = re.compile(r"\.so(\.|$)|/s?bin/|/libexec/")
"""Not memory shared between processes, which looks the same."""


def states_of(files: Iterable[Path]) -> dict[Path, FileState]:
    """Return the state of each file."""
    return {file: _state(file) for file in files}


def changed_since(before: Mapping[Path, FileState]) -> set[Path]:
    """Return the files whose state is no longer what it was."""
    return {file for file, state in before.items() if _state(file) != state}


def replaced_in(pid: int) -> set[Path]:
    """Return the programs and libraries that a process runs though their files were replaced or removed.

    Empty where the process has ended, or is another user's.
    """
    try:
        maps = Path(f"/proc/{pid}/maps").read_text(errors="replace")
    except OSError:
        return set()
    return {Path(name) for name in _MAPPED.findall(maps) if _IS_CODE.search(name)}


def files_below(folder: Path) -> list[Path]:
    """Return the files of a package, without what Python compiles for itself."""
    return [file for file in folder.rglob("*") if "__pycache__" not in file.parts and file.is_file()]


def _state(file: Path) -> FileState:
    try:
        seen = file.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino, seen.st_mtime_ns, seen.st_size
