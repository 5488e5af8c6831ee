"""The one bound on what the receivers hold in memory, whatever it waits for."""

from __future__ import annotations

from iot_hub.errors import OverloadedBodiesError


class Admission:
    """Counts the bytes of bodies from their headers to their answers.

    A body may wait to be read, unpacked, committed, spooled or put in quarantine: it is counted all the time.
    """

    def __init__(self, most_bytes: int) -> None:
        """Take how many bytes may be in hand at once."""
        self._most_bytes = most_bytes
        self._in_hand = 0

    def take(self, size: int) -> None:
        """Count so many bytes more. Raises OverloadedBodiesError where there is no room for them."""
        # A body alone always finds room: it would find none later either.
        if self._in_hand and self._in_hand + size > self._most_bytes:
            raise OverloadedBodiesError
        self._in_hand += size

    def give_back(self, size: int) -> None:
        """Count so many bytes less: their request is answered."""
        self._in_hand -= size
