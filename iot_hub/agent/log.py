"""The agent's log: lines with a time. Never a token, a position or a response's body."""

from __future__ import annotations

import sys
import time


def log(line: str) -> None:
    """Log a line on standard error."""
    print(time.strftime("%Y-%m-%d %H:%M:%S"), line, file=sys.stderr, flush=True)


class Problems:
    """What is wrong now, of each part of the agent: what fails every minute fills no log."""

    def __init__(self) -> None:
        """Begin without one."""
        self._reported: dict[str, str] = {}

    def report(self, what: str, problem: str | None) -> None:
        """Log what changed; None: it works."""
        before = self._reported.pop(what, None)
        if problem is not None:
            self._reported[what] = problem
            if problem != before:
                log(f"{what}: {problem}")
        elif before is not None:
            log(f"{what}: works again")

    def forget(self, what: str) -> None:
        """Log nothing of a part that is gone."""
        self._reported.pop(what, None)
