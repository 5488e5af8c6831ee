"""Quarantine: where a rejected payload is kept, byte for byte, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool

from iot_hub.database_errors import is_passing
from iot_hub.errors import DatabaseAwayError
from iot_hub.queries import query


class QuarantinedPayload(msgspec.Struct, frozen=True, gc=False):
    """A rejected payload on its way into quarantine."""

    device_id: int | None
    source: str
    reason: str
    payload: bytes


class Quarantine:
    """Keeps what was rejected, in the database behind a pool."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        """Take a pool as the hub itself."""
        self._pool = pool

    async def keep(self, payloads: Sequence[QuarantinedPayload]) -> None:
        """Keep payloads; they are safe when it returns. Raises DatabaseAwayError."""
        rows = [msgspec.structs.asdict(payload) for payload in payloads]
        try:
            async with self._pool.connection(timeout=5) as connection, connection.cursor() as cursor:
                await cursor.executemany(query("keep_in_quarantine"), rows)
        except psycopg.Error as error:
            if not is_passing(error):
                raise
            raise DatabaseAwayError from error
