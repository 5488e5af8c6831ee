"""A circuit breaker between the hub and its database.

    closed ──trip──► open ──after the interval──► half-open ──reset──► closed
                       ▲                              │
                       └────────── defer ◄────────────┘  the probe failed

Closed: every commit is tried. Open: none is, events go to the spool at once and nobody waits. Half-open: one probe is
let through. One failure trips it, since a spooled event is as safe as a stored one.
"""

from __future__ import annotations

import time
from collections.abc import Callable

PROBE_INTERVAL_S = 1.0
"""From a failed probe to the next. A second more in the spool harms nobody; a connection a second harms no server that
is starting."""


class CircuitBreaker:
    """The breaker's state. It does no I/O: its owner trips it, and probes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start closed."""
        self._clock = clock
        self._probe_at: float | None = None
        self.trips = 0
        """Counted, so that a connection from before an outage is not trusted after it."""

    @property
    def is_open(self) -> bool:
        """Whether nothing but a probe may use the database."""
        return self._probe_at is not None

    @property
    def is_half_open(self) -> bool:
        """Whether a probe is due."""
        return self._probe_at is not None and self._clock() >= self._probe_at

    @property
    def seconds_to_probe(self) -> float:
        """How long until a probe is due: 0 where it is, or where none is needed."""
        return 0.0 if self._probe_at is None else max(self._probe_at - self._clock(), 0.0)

    def trip(self) -> None:
        """Open after a failure. A probe is due at once: what failed may have been one connection alone."""
        self.trips += 1
        if self._probe_at is None:
            self._probe_at = self._clock()

    def defer(self) -> None:
        """Stay open after a failed probe, until the next one is due."""
        self._probe_at = self._clock() + PROBE_INTERVAL_S

    def reset(self) -> None:
        """Close after a probe that succeeded."""
        self._probe_at = None
