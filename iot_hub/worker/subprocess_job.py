"""A command that the worker has run in a process of its own.

A process, because the libraries that read and write Parquet would stay in the worker's memory all day.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

LONGEST_LOG_LINE = 300


def hub_command(*words: str) -> tuple[str, ...]:
    """Give the command line of one of the hub's own commands."""
    return (sys.executable, "-m", "iot_hub", *words)


class Ended(NamedTuple):
    """How a command ended: its exit code, and the end of what it said of errors."""

    code: int
    said: str


class Errand:
    """One process at a time."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: subprocess.Popen[str] | None = None

    @property
    def running(self) -> bool:
        """Whether a command runs, or has ended and was not asked about."""
        return self._process is not None

    def start(self, command: Sequence[str]) -> None:
        """Start a command; only where none runs."""
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )

    def ended(self) -> Ended | None:
        """Tell once how the command ended; None while it runs."""
        if self._process is None or self._process.poll() is None:
            return None
        process, self._process = self._process, None
        _, errors = process.communicate()
        return Ended(process.returncode, errors.strip()[-LONGEST_LOG_LINE:])

    def stop(self) -> None:
        """End a running command."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
            self._process = None
