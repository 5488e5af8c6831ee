"""Commands of the hub as processes of their own: how long they take, and how much memory at most."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Taken(NamedTuple):
    """What a process took, and what it printed."""

    seconds: float
    megabytes: float
    printed: str


def run_watched(command: Sequence[str], environment: Mapping[str, str]) -> Taken:
    """Run a command that prints little. Raises RuntimeError where it fails."""
    started = time.perf_counter()
    megabytes = 0.0
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            megabytes = max(megabytes, _peak(process.pid))
            time.sleep(0.02)
        seconds = time.perf_counter() - started
        printed = process.communicate()[0]
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with code {process.returncode}")
    return Taken(seconds, megabytes, printed)


def _peak(pid: int) -> float:
    """Return how many megabytes a process held at most.

    Not by ``wait4``: to the kernel, what the parent held before it started the process counts too.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:")), 0)
