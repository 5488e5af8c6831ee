"""Looks up sessions and readers' tokens, on connections of its own.

Nothing is cached, so a revoked token is rejected at once. A flood of wrong tokens takes no connection away
from ingest or anything else.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from iot_hub.access.login.sessions import Sessions
from iot_hub.api.query.access import Access
from iot_hub.database.connections import owner_conninfo
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError
from iot_hub.ingest.tokens import hash_token
from iot_hub.settings import Settings

_MOST_CONNECTIONS = 2
_WAIT_SECONDS = 2.0
_IDLE_SECONDS = 60.0


class Credentials:
    """The credentials that the query API accepts."""

    def __init__(self, settings: Settings, *, demo: bool) -> None:
        self._pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            owner_conninfo(settings, "iot-hub api access"),
            kwargs={"autocommit": True},
            min_size=0,
            max_size=_MOST_CONNECTIONS,
            timeout=_WAIT_SECONDS,
            max_idle=_IDLE_SECONDS,
            reconnect_timeout=_WAIT_SECONDS / 2,
            check=AsyncConnectionPool.check_connection,
            name="access",
            open=False,
        )
        self._sessions = Sessions(self._pool, demo=demo)

    async def has_session(self, token: str) -> bool:
        """Return whether a browser may do what the owner may; an open demo needs no session."""
        await self._pool.open()
        return await self._sessions.validate_session(token)

    async def reader(self, token: bytes) -> Access | None:
        """Return what a reader's token grants, and record its use; None if it is invalid."""
        await self._pool.open()
        try:
            async with (
                self._pool.connection() as connection,
                connection.cursor(row_factory=dict_row) as cursor,
            ):
                # Looked up by its hash: the timing of an index lookup reveals nothing about the token.
                await cursor.execute(query("reader_grant"), {"token_hash": hash_token(token)})
                reader = await cursor.fetchone()
                if reader is None:
                    return None
                if not reader["is_noted"]:
                    await cursor.execute(query("note_reader_use"), {"reader_id": reader["id"]})
        except (psycopg.Error, PoolTimeout) as error:
            raise DatabaseAwayError from error
        devices = reader["devices"]
        return Access(reader["view"], None if devices is None else frozenset(devices))

    async def close(self) -> None:
        """Close the connections, at the end of the application."""
        await self._pool.close()
