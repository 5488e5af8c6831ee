"""Which messages of unknown topics are kept: one of each topic an hour shows what it is, some wait for a description.

A broker in a house carries far more than the hub reads, and quarantine has other things to keep.
"""

from __future__ import annotations

from iot_hub.timestamps import SECOND, Microseconds

PAUSE = 3600 * SECOND
MOST_TOPICS = 1_000
"""Topics of an hour. Whoever puts a counter into a topic's name fills no disk."""
MOST_HELD = 100
"""Messages of such a topic that wait, in an hour."""


class UnknownTopics:
    """The unknown topics of the last hour."""

    def __init__(self) -> None:
        """Know none yet."""
        self._seen: dict[int, int] = {}
        """By their hashes: a topic may be 64 KB long."""
        self._until: Microseconds = 0

    def count(self, topic: str, now: Microseconds) -> int:
        """Count a message; return which of its topic it is in this hour, or 0 where the topics are too many."""
        if now >= self._until:
            self._seen.clear()
            self._until = now + PAUSE
        key = hash(topic)
        if key not in self._seen and len(self._seen) >= MOST_TOPICS:
            return 0
        self._seen[key] = count = self._seen.get(key, 0) + 1
        return count
