"""A nightly job: the archive, and after it the raw events that retention expires."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from iot_hub.worker.subprocess_job import JobResult, SubprocessJob, hub_command

log = structlog.get_logger()

NIGHT_HOUR = 3
COMMANDS = (hub_command("archive", "run"), hub_command("retention", "run"))


def next_run(after: datetime) -> datetime:
    """Return the next time that the clock shows three, in the zone of ``after``."""
    tonight = after.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0, fold=0)
    return tonight if tonight > after else tonight + timedelta(days=1)


class NightlyJob:
    """Runs commands each night, one after the other; missed runs are caught up."""

    def __init__(self, stamp: Path, now: datetime, commands: Sequence[Sequence[str]] = COMMANDS) -> None:
        """Store the file whose age shows the last success; schedule from the owner's time."""
        self._stamp = stamp
        self._commands = commands
        self._remaining: list[Sequence[str]] = []
        self._job = SubprocessJob()
        missed = not stamp.exists() or now.timestamp() - stamp.stat().st_mtime > 86_400
        # Not at once: a hub that has just started has better things to do.
        self._due = now + timedelta(minutes=10) if missed else next_run(now)

    @property
    def running(self) -> bool:
        """Whether a command runs."""
        return self._job.running

    def tick(self, now: datetime) -> None:
        """Start the commands when they are due, and log how they ended."""
        # A clock that was ahead and is right again would delay the next run until it is there once more.
        self._due = min(self._due, next_run(now))
        if self._job.running:
            if result := self._job.poll():
                self._continue(result)
        elif now >= self._due:
            self._due = next_run(now)
            self._remaining = list(self._commands)
            self._job.start(self._remaining[0])

    def stop(self) -> None:
        """End a running command; the next run goes on where it stopped."""
        self._job.stop()

    def _continue(self, result: JobResult) -> None:
        """Run the next command, only after a success: nothing expires in a night whose archive failed."""
        command = self._remaining.pop(0)
        if result.code != 0:
            log.error("nightly_failed", command=" ".join(command[3:]), code=result.code, said=result.stderr_tail)
        elif self._remaining:
            self._job.start(self._remaining[0])
        else:
            self._stamp.touch()
            log.info("nightly_done")
