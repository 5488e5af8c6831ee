"""Heavy questions wait for each other, so that who asks for much does not keep the others waiting.

A track of 100,000 fixes takes some 60 MB and a second of a processor: two at a time are answered, the next wait in
line, and a client that has too many in line is told to come again. Light questions never wait here.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from fastapi import Request

from iot_hub.access.login import client_address
from iot_hub.api.query.errors import BusyError, TooManyQuestionsError
from iot_hub.errors import ClientGoneError

AT_ONCE = 2
MOST_IN_LINE = 24
MOST_IN_LINE_OF_CLIENT = 6
PATIENCE = 20.0
"""Seconds that a question waits for its turn: less than nginx waits for an answer."""


class HeavyQuestions:
    """Gives out turns in the order in which they were asked for."""

    def __init__(self) -> None:
        """Begin with nobody in line."""
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._in_line: Counter[str] = Counter()

    async def turn(self, request: Request) -> AsyncIterator[None]:
        """Wait for a turn, and hold it until the answer is made. Raises BusyError, or TooManyQuestionsError."""
        client = client_address.address(request.headers)
        if self._in_line[client] >= MOST_IN_LINE_OF_CLIENT:
            raise TooManyQuestionsError
        if self._in_line.total() >= MOST_IN_LINE:
            raise BusyError
        self._in_line[client] += 1
        try:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._turns.acquire()
            except TimeoutError:
                raise BusyError from None
            try:
                if await request.is_disconnected():
                    raise ClientGoneError
                yield
            finally:
                self._turns.release()
        finally:
            self._in_line[client] -= 1
            if not self._in_line[client]:
                del self._in_line[client]
