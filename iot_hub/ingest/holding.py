"""Messages that are held: their meaning waits for the owner's decision about a device, or for a description."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from iot_hub.database.queries import query
from iot_hub.ingest.pooled_statement import POOL_TIMEOUT_S, execute
from iot_hub.ingest.text_array import ByteaArray
from iot_hub.timestamps import Microseconds, to_datetime

log = structlog.get_logger()

MOST_EACH = 5_000
"""Messages of one device: three days of one a minute. A chatty stranger pushes nobody else's out."""


class HeldMessage(msgspec.Struct, frozen=True, gc=False):
    """A message on its way into the holding table.

    The spool holds these too: a field may be added, never renamed.
    """

    identity: str
    topic: str
    payload: bytes
    received_at: Microseconds
    retained: bool = False


class Holding:
    """Stores messages that are held, in the database behind a pool."""

    def __init__(self, pool: AsyncConnectionPool[Any], most_bytes: int) -> None:
        """Store over a pool of the owner's connections, whose statements time out, up to a bound."""
        self._pool = pool
        self._most_bytes = most_bytes
        self._stored_bytes = 0
        self._stored_messages = 0

    async def store(self, messages: Sequence[HeldMessage]) -> None:
        """Store messages; they are safe when it returns. Raises DatabaseAwayError."""
        size = sum(len(each.payload) + len(each.topic) for each in messages)
        await execute(self._pool, "hold_messages", _params(messages), size)
        self._stored_bytes += size
        self._stored_messages += len(messages)
        if self._stored_bytes > self._most_bytes // 8 or self._stored_messages > MOST_EACH:
            self._stored_bytes = self._stored_messages = 0
            await self._trim()

    async def _trim(self) -> None:
        params = {"most_each": MOST_EACH, "most_bytes": self._most_bytes}
        try:
            async with self._pool.connection(timeout=POOL_TIMEOUT_S) as connection:
                dropped = (await connection.execute(query("trim_held_messages"), params)).rowcount
        except (psycopg.Error, PoolTimeout) as error:
            # What was stored is safe; the next call trims.
            log.warning("held_messages_not_trimmed", error=type(error).__name__)
            return
        if dropped > 0:
            log.warning("held_messages_dropped", messages=dropped)


def _params(messages: Sequence[HeldMessage]) -> dict[str, list[Any]]:
    return {
        "identities": [each.identity for each in messages],
        "topics": [each.topic for each in messages],
        "payloads": ByteaArray([each.payload for each in messages]),
        "received_at": [to_datetime(each.received_at) for each in messages],
        "retained": [each.retained for each in messages],
    }
