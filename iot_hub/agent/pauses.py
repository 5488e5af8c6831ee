"""How long to wait after a failed upload: twice as long each time, up to a bound, and never in step with others."""

from __future__ import annotations

import random

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 900.0


class Pauses:
    """Counts failures in a row."""

    def __init__(self) -> None:
        """Begin without a failure."""
        self._failures = 0

    def succeeded(self) -> None:
        """Start over."""
        self._failures = 0

    def failed(self, asked: float | None = None) -> float:
        """Give the seconds to wait. What the hub asked for is waited at least."""
        longest = min(FIRST_SECONDS * 2.0 ** min(self._failures, 16), LONGEST_SECONDS)
        self._failures += 1
        pause = random.uniform(longest / 2, longest)  # noqa: S311 - nobody gains by guessing it
        return pause if asked is None else asked + min(pause, asked)
