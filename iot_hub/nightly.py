"""Work of the night: the archive, once a day, in a process of its own.

A process, because the libraries that write Parquet would stay in the worker's memory all day.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

log = structlog.get_logger()

NIGHT_HOUR = 3
COMMAND = (sys.executable, "-m", "iot_hub", "archive", "run")
LONGEST_LOG_LINE = 300


def next_night(after: datetime) -> datetime:
    """Give the next time that the clock shows three, in the zone of ``after``."""
    tonight = after.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0, fold=0)
    return tonight if tonight > after else tonight + timedelta(days=1)


class Nightly:
    """Runs a command each night; a night that the machine slept through is made up for."""

    def __init__(self, stamp: Path, now: datetime, command: Sequence[str] = COMMAND) -> None:
        """Take the file whose age tells the last success, and the owner's time."""
        self._stamp = stamp
        self._command = command
        self._process: subprocess.Popen[str] | None = None
        missed = not stamp.exists() or now.timestamp() - stamp.stat().st_mtime > 86_400
        # Not at once: a hub that has just started has better things to do.
        self._due = now + timedelta(minutes=10) if missed else next_night(now)

    @property
    def running(self) -> bool:
        """Whether the command runs."""
        return self._process is not None

    def tick(self, now: datetime) -> None:
        """Start the command when it is due, and tell how it ended."""
        if self._process is not None:
            self._look_after(self._process)
        elif now >= self._due:
            self._due = next_night(now)
            self._process = subprocess.Popen(
                self._command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
            )

    def stop(self) -> None:
        """End a running command; the next night goes on where it stopped."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
            self._process = None

    def _look_after(self, process: subprocess.Popen[str]) -> None:
        if process.poll() is None:
            return
        _, errors = process.communicate()
        self._process = None
        if process.returncode == 0:
            self._stamp.touch()
            log.info("archived")
        else:
            log.error("archive_failed", code=process.returncode, said=errors.strip()[-LONGEST_LOG_LINE:])
