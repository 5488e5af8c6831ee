"""Large bodies: one is unpacked, parsed and kept at a time, so that their objects are in memory one by one.

A small body is parsed where it is received. A large one would keep the event loop from everybody else for as long as
its parsing takes, so that is done in a thread; who waits for a turn has its body held as it came.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from iot_hub.errors import OverloadedBodiesError

SMALL_BYTES = 512_000
SMALL_ITEMS = 1_000

MOST_WAITING = 16
MOST_WAITING_OF_DEVICE = 4
PATIENCE = 10.0
"""Seconds that a body waits for its turn before its client is sent away: less than nginx waits for an answer."""


class LargeBodies:
    """Gives out turns, in the order in which they were asked for."""

    def __init__(self) -> None:
        """Begin with nobody in line."""
        self._turn = asyncio.Lock()
        self._in_line: Counter[int] = Counter()

    async def acquire(self, device_id: int) -> None:
        """Wait for a turn. Raises OverloadedBodiesError where too many wait, or it takes too long."""
        if self._in_line[device_id] >= MOST_WAITING_OF_DEVICE or self._in_line.total() >= MOST_WAITING:
            raise OverloadedBodiesError
        self._in_line[device_id] += 1
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turn.acquire()
        except TimeoutError:
            self._leave(device_id)
            raise OverloadedBodiesError from None
        except asyncio.CancelledError:
            self._leave(device_id)
            raise

    def release(self, device_id: int) -> None:
        """End a turn."""
        self._leave(device_id)
        self._turn.release()

    def _leave(self, device_id: int) -> None:
        self._in_line[device_id] -= 1
        if not self._in_line[device_id]:
            del self._in_line[device_id]
