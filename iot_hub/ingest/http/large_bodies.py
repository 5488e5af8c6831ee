"""Large bodies: one is unpacked, parsed and stored at a time, so that their objects are in memory one by one.

A small body is parsed where it is received. A large one would keep the event loop from everybody else for as long as
its parsing takes, so that is done in a thread; who waits for a turn has its body held as it came.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.types import Receive

from iot_hub.errors import OverloadedBodiesError
from iot_hub.ingest.http.client_gone import unless_gone

SMALL_BYTES = 512_000
SMALL_ITEMS = 1_000

MOST_WAITING = 16
MOST_WAITING_OF_DEVICE = 4
TURN_TIMEOUT_S = 10.0
"""Longest that a body waits for its turn before its client is refused: less than nginx waits for a response."""

Result = TypeVar("Result")


class LargeBodies:
    """Grants turns in the order of their requests."""

    def __init__(self) -> None:
        """Start with nobody in line."""
        self._turn = asyncio.Lock()
        self._in_line: Counter[int] = Counter()
        # One thread: each would have memory of its own that it does not give back (malloc(3), arenas).
        self._thread = ThreadPoolExecutor(1, "large-bodies")

    @contextlib.asynccontextmanager
    async def turn(self, device_id: int, receive: Receive) -> AsyncIterator[None]:
        """Hold a turn. Raises OverloadedBodiesError where too many wait or it takes too long, and ClientGoneError."""
        if self._in_line[device_id] >= MOST_WAITING_OF_DEVICE or self._in_line.total() >= MOST_WAITING:
            raise OverloadedBodiesError
        self._in_line[device_id] += 1
        try:
            await unless_gone(receive, self._acquire())
            try:
                yield
            finally:
                # What the body took goes back to the system before the next one comes.
                await self.in_thread(_give_back_memory)
                self._turn.release()
        finally:
            self._in_line[device_id] -= 1
            if not self._in_line[device_id]:
                del self._in_line[device_id]

    async def in_thread(self, work: Callable[[], Result]) -> Result:
        """Return the result of work that would block the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """Stop the thread."""
        self._thread.shutdown()

    async def _acquire(self) -> None:
        try:
            async with asyncio.timeout(TURN_TIMEOUT_S):
                await self._turn.acquire()
        except TimeoutError:
            raise OverloadedBodiesError from None


def _give_back_memory() -> None:
    # The C library of another system may have no such function.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
