"""A device's clock, which may be wrong, beside the time of its GPS, which is not."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from attacks.plane import Numbers

WRONG_SHARE = 0.3
MOST_WRONG_SECONDS = 2 * 3600.0
LEAST_WRONG_SECONDS = 5 * 60.0
DAY = 86_400.0


@dataclass(frozen=True)
class Clock:
    """How far ahead of GPS a clock is (behind: negative): for good, or only after having drifted for some days."""

    ahead_seconds: float
    drift_days: float
    """Until it is set again; 0: it does not drift."""

    @classmethod
    def drawn(cls, draw: Random) -> Clock:
        """Draw a clock: three in ten are wrong, by up to two hours either way, and half of these drift."""
        wrong = draw.uniform(LEAST_WRONG_SECONDS, MOST_WRONG_SECONDS) * draw.choice([-1, 1])
        drift_days = draw.choice([0.0, draw.uniform(2, 7)])
        return cls(wrong if draw.random() < WRONG_SHARE else 0.0, drift_days)

    @property
    def is_wrong(self) -> bool:
        """Return whether it shows another time than GPS."""
        return self.ahead_seconds != 0

    def shown_at(self, seconds: Numbers) -> Numbers:
        """Return what it shows at instants."""
        if self.drift_days == 0:
            return seconds + self.ahead_seconds
        drifted = seconds % (self.drift_days * DAY) / (self.drift_days * DAY)
        return seconds + self.ahead_seconds * drifted
