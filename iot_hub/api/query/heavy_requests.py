"""Limits concurrent heavy requests, so that they don't keep light ones waiting.

A track of 100,000 fixes takes some 60 MB and a second of CPU time: two run at a time, others queue, and a
client with too many in the queue gets 429. Light requests never wait here.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from fastapi import Request

from iot_hub.access.login import client_address
from iot_hub.api.query.errors import BusyError, TooManyRequestsError
from iot_hub.errors import ClientGoneError

MAX_CONCURRENT = 2
MAX_QUEUED = 24
MAX_QUEUED_PER_CLIENT = 6
QUEUE_TIMEOUT_S = 20.0
"""Less than nginx waits for a response."""


class HeavyRequests:
    """A first-come, first-served queue for heavy requests."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)
        self._queued: Counter[str] = Counter()

    async def slot(self, request: Request) -> AsyncIterator[None]:
        """Wait for a slot, and hold it until the response is ready. Raises BusyError or TooManyRequestsError."""
        client = client_address.address(request.headers)
        if self._queued[client] >= MAX_QUEUED_PER_CLIENT:
            raise TooManyRequestsError
        if self._queued.total() >= MAX_QUEUED:
            raise BusyError
        self._queued[client] += 1
        try:
            try:
                async with asyncio.timeout(QUEUE_TIMEOUT_S):
                    await self._slots.acquire()
            except TimeoutError:
                raise BusyError from None
            try:
                if await request.is_disconnected():
                    raise ClientGoneError
                yield
            finally:
                self._slots.release()
        finally:
            self._queued[client] -= 1
            if not self._queued[client]:
                del self._queued[client]
