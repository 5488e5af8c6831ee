"""A command that the worker runs in a process of its own.

A process, because the libraries that read and write Parquet would stay in the worker's memory all day.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

LONGEST_LOG_LINE = 300


def hub_command(*words: str) -> tuple[str, ...]:
    """Return the command line of one of the hub's own commands."""
    return (sys.executable, "-m", "iot_hub", *words)


class JobResult(NamedTuple):
    """How a command ended: its exit code, and the end of its standard error."""

    code: int
    stderr_tail: str


class SubprocessJob:
    """One process at a time."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: subprocess.Popen[str] | None = None

    @property
    def running(self) -> bool:
        """Whether a command runs, or has ended and its result was not fetched."""
        return self._process is not None

    def start(self, command: Sequence[str]) -> None:
        """Start a command; only where none runs."""
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )

    def poll(self) -> JobResult | None:
        """Return how the command ended, once; None while it runs."""
        if self._process is None or self._process.poll() is None:
            return None
        process, self._process = self._process, None
        _, errors = process.communicate()
        return JobResult(process.returncode, errors.strip()[-LONGEST_LOG_LINE:])

    def stop(self) -> None:
        """End a running command."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
            self._process = None
