"""How long to wait after a failure: twice as long each time, up to a bound."""

from __future__ import annotations

import random


class Backoff:
    """The pauses after failures in a row."""

    def __init__(self, first: float, longest: float, *, jitter: bool = False) -> None:
        """Start at ``first`` seconds. With jitter a pause is cut by up to half: clients never come back in step."""
        self._first = first
        self._longest = longest
        self._jitter = jitter
        self._failures = 0

    def reset(self) -> None:
        """Start over, after a success."""
        self._failures = 0

    def pause(self, requested: float | None = None) -> float:
        """Count a failure and return the seconds to wait; never less than the other side requested."""
        # 2 ** 64 is beyond every bound, and more would overflow some day.
        pause = min(self._first * 2.0 ** min(self._failures, 64), self._longest)
        self._failures += 1
        if self._jitter:
            pause = random.uniform(pause / 2, pause)  # noqa: S311 - nobody gains by guessing it
        return pause if requested is None else requested + min(pause, requested)
