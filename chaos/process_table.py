"""The hub's processes as the kernel lists them, whoever their parent is by now."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A running process; ``role`` is the name of the log file that it writes to."""

    pid: int
    parent: int
    role: str
    command: str


def processes_of(home: Path) -> dict[int, Process]:
    """Find every process that logs into a home. A log file outlives every change of name or parent."""
    found: dict[int, Process] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            # A process may end while one looks at it.
            with contextlib.suppress(OSError, IndexError):
                log = (folder / "fd" / "2").readlink()
                if log.is_relative_to(home):
                    found[int(folder.name)] = _describe(folder, log)
    return found


def _describe(folder: Path, log: Path) -> Process:
    # The name in brackets may hold anything; what follows it does not.
    parent = int((folder / "stat").read_text().rpartition(") ")[2].split()[1])
    command = (folder / "cmdline").read_text().replace("\0", " ").strip()
    return Process(int(folder.name), parent, log.name.partition(".")[0], command)


def is_gone(process: Process) -> bool:
    """Return whether a process has ended; a zombie has."""
    try:
        parts = Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return True
    return parts[0] == "Z"


def resident_bytes(pid: int) -> int:
    """Return a process's proportional share of memory (PSS)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("\nPss:")[2].split()[0]) * 1024
