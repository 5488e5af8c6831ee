"""What the clients were promised, and what they saw that no client should see."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Tally:
    """How much was acknowledged and how often clients had to try again."""

    acknowledged: int
    spooled: int
    retries: int

    def __sub__(self, earlier: Tally) -> Tally:
        """Return what happened between two tallies."""
        return Tally(
            self.acknowledged - earlier.acknowledged, self.spooled - earlier.spooled, self.retries - earlier.retries
        )


class Ledger:
    """Filled by many clients at once."""

    def __init__(self) -> None:
        """Begin with nothing promised."""
        self._lock = threading.Lock()
        self._acknowledged: set[int] = set()
        self._deliveries: Counter[str] = Counter()
        self._spooled = 0
        self._retries = 0
        self._complaints: list[str] = []

    def acknowledge(self, client: str, numbers: range, *, spooled: bool) -> None:
        """Note that the hub has confirmed a client's events as safe."""
        with self._lock:
            self._acknowledged.update(numbers)
            self._deliveries[client] += 1
            self._spooled += len(numbers) if spooled else 0

    def retry(self) -> None:
        """Note that a client sends something again."""
        with self._lock:
            self._retries += 1

    def complain(self, complaint: str) -> None:
        """Note an answer that no client should get."""
        with self._lock:
            self._complaints.append(complaint)

    def take_complaints(self) -> list[str]:
        """Return the complaints since the last call."""
        with self._lock:
            taken, self._complaints = self._complaints, []
            return taken

    @property
    def acknowledged(self) -> set[int]:
        """The numbers of all events that were ever acknowledged."""
        with self._lock:
            return set(self._acknowledged)

    @property
    def deliveries(self) -> Counter[str]:
        """How many requests of each client were acknowledged."""
        with self._lock:
            return Counter(self._deliveries)

    @property
    def tally(self) -> Tally:
        """The counts so far."""
        with self._lock:
            return Tally(len(self._acknowledged), self._spooled, self._retries)
