"""Quarantine: where a rejected payload is kept, byte for byte, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from iot_hub.errors import DatabaseAwayError
from iot_hub.event import Rejected
from iot_hub.queries import query


class Quarantine(msgspec.Struct, frozen=True):
    """Keeps what was rejected, in the database behind a pool."""

    pool: AsyncConnectionPool[Any]

    async def keep(self, device_id: int, source: str, rejected: Sequence[Rejected]) -> None:
        """Keep payloads; they are safe when it returns. Raises DatabaseAwayError."""
        rows = [
            {"device_id": device_id, "source": source, "reason": item.reason, "payload": item.payload}
            for item in rejected
        ]
        try:
            async with self.pool.connection(timeout=5) as connection, connection.cursor() as cursor:
                await cursor.executemany(query("keep_in_quarantine"), rows)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise DatabaseAwayError from error
