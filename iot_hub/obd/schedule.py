"""When each parameter of a car is asked for: those that change by the second in each round, the others in turn."""

from __future__ import annotations

from collections.abc import Iterable

ENGINE_SPEED, SPEED = 0x0C, 0x0D
FAST = (ENGINE_SPEED, SPEED, 0x04, 0x10, 0x5E, 0x11, 0x0B)
"""By rank: engine speed, speed, load, air flow, fuel rate, throttle, manifold pressure."""


class Schedule:
    """The order of the parameters that a car has."""

    def __init__(self, pids: Iterable[int], slow_every: float) -> None:
        """Ask for the slow ones at least this many seconds apart, each for the first time at once."""
        known = set(pids)
        self._fast = [pid for pid in FAST if pid in known]
        self._due = {pid: float("-inf") for pid in sorted(known - set(FAST))}
        self._slow_every = slow_every

    def next(self, now: float, slow: int) -> list[int]:
        """Return what to ask for now, at most this many slow ones: those that have waited longest."""
        due = sorted((pid for pid, at in self._due.items() if at <= now), key=lambda pid: self._due[pid])[:slow]
        for pid in due:
            self._due[pid] = now + self._slow_every
        return [*self._fast, *due]

    def drop(self, pid: int) -> None:
        """Ask no more for a parameter that the car announces and does not answer."""
        self._due.pop(pid, None)
        self._fast = [each for each in self._fast if each != pid]
