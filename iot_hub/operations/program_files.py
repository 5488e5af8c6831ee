"""Whether a running program's files have been replaced on disk.

A package manager replaces a file: the path then has another inode, while the process keeps using the old one.
Two checks, since neither sees everything: listed files (a library that is loaded on first use, a Python
module), and the files that the kernel has mapped into the process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

FileState = tuple[int, int, int, int] | None
"""Device, inode, modification time and size; None: there is no such file."""

_MAPPED = re.compile(r"^\S+ ..x. \S+ \S+ \d+\s+(/.+) \(deleted\)$", re.MULTILINE)
"""Code mapped from a deleted file (proc_pid_maps(5))."""
_IS_CODE = re.compile(r"\.so(\.|$)|/s?bin/|/libexec/")
"""Excludes memory shared between processes, which looks the same."""


def states_of(files: Iterable[Path]) -> dict[Path, FileState]:
    """Return the state of each file."""
    return {file: _state(file) for file in files}


def changed_since(before: Mapping[Path, FileState]) -> set[Path]:
    """Return the files whose state has changed."""
    return {file for file, state in before.items() if _state(file) != state}


def replaced_in(pid: int) -> set[Path]:
    """Return the programs and libraries that a process runs although their files were replaced or removed.

    Empty if the process has ended, or belongs to another user.
    """
    try:
        maps = Path(f"/proc/{pid}/maps").read_text(errors="replace")
    except OSError:
        return set()
    return {Path(name) for name in _MAPPED.findall(maps) if _IS_CODE.search(name)}


def files_below(folder: Path) -> list[Path]:
    """Return the files of a package, without bytecode."""
    return [file for file in folder.rglob("*") if "__pycache__" not in file.parts and file.is_file()]


def _state(file: Path) -> FileState:
    try:
        seen = file.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino, seen.st_mtime_ns, seen.st_size
