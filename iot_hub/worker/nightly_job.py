"""Work of the night, once a day: the archive, and after it what retention lets go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from iot_hub.worker.subprocess_job import Ended, Errand, hub_command

log = structlog.get_logger()

NIGHT_HOUR = 3
COMMANDS = (hub_command("archive", "run"), hub_command("retention", "run"))


def next_night(after: datetime) -> datetime:
    """Give the next time that the clock shows three, in the zone of ``after``."""
    tonight = after.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0, fold=0)
    return tonight if tonight > after else tonight + timedelta(days=1)


class Nightly:
    """Runs commands each night, one after the other; a night that the machine slept through is made up for."""

    def __init__(self, stamp: Path, now: datetime, commands: Sequence[Sequence[str]] = COMMANDS) -> None:
        """Take the file whose age tells the last success, and the owner's time."""
        self._stamp = stamp
        self._commands = commands
        self._left: list[Sequence[str]] = []
        self._errand = Errand()
        missed = not stamp.exists() or now.timestamp() - stamp.stat().st_mtime > 86_400
        # Not at once: a hub that has just started has better things to do.
        self._due = now + timedelta(minutes=10) if missed else next_night(now)

    @property
    def running(self) -> bool:
        """Whether a command runs."""
        return self._errand.running

    def tick(self, now: datetime) -> None:
        """Start the commands when they are due, and tell how they ended."""
        # A clock that was ahead and is right again would put the next night off until it is there once more.
        self._due = min(self._due, next_night(now))
        if self._errand.running:
            if ended := self._errand.ended():
                self._look_after(ended)
        elif now >= self._due:
            self._due = next_night(now)
            self._left = list(self._commands)
            self._errand.start(self._left[0])

    def stop(self) -> None:
        """End a running command; the next night goes on where it stopped."""
        self._errand.stop()

    def _look_after(self, ended: Ended) -> None:
        """Go on only after a success: nothing is dropped in a night whose archive failed."""
        command = self._left.pop(0)
        if ended.code != 0:
            log.error("nightly_failed", command=" ".join(command[3:]), code=ended.code, said=ended.said)
        elif self._left:
            self._errand.start(self._left[0])
        else:
            self._stamp.touch()
            log.info("nightly_done")
