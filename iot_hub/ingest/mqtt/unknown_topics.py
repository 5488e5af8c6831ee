"""Which messages of unknown topics are kept: one of each topic an hour shows what it is.

A broker in a house carries far more than the hub reads, and quarantine has other things to keep.
"""

from __future__ import annotations

from iot_hub.timestamps import SECOND, Microseconds

PAUSE = 3600 * SECOND
MOST_TOPICS = 1_000
"""Topics of an hour. Whoever puts a counter into a topic's name fills no disk."""


class UnknownTopics:
    """The unknown topics of the last hour."""

    def __init__(self) -> None:
        """Know none yet."""
        self._seen: set[int] = set()
        """By their hashes: a topic may be 64 KB long."""
        self._until: Microseconds = 0

    def is_wanted(self, topic: str, now: Microseconds) -> bool:
        """Return whether a message of this topic is to be kept."""
        if now >= self._until:
            self._seen.clear()
            self._until = now + PAUSE
        if hash(topic) in self._seen or len(self._seen) >= MOST_TOPICS:
            return False
        self._seen.add(hash(topic))
        return True
