"""The owner's sessions, as the API opens, checks and ends them."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from iot_hub.access.login.authorization import SESSION_TTL, is_authorized, owner_access_params, token_hash
from iot_hub.access.login.password import hash_password, verify_password
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError, OverloadedError

_RENEWED_EVERY = timedelta(days=1)


class _Lane:
    """A queue for hashing: a known browser does not wait behind strangers."""

    MAX_WAITING = 4

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.waiting = 0


class Sessions:
    """The owner's password and sessions in the database."""

    def __init__(self, pool: AsyncConnectionPool[Any], *, demo: bool) -> None:
        self._pool = pool
        self._demo = demo
        # A hash takes 64 MiB: one at a time. Only the head of each lane waits here, so a known browser waits
        # for two hashes of strangers at most.
        self._hashing = asyncio.Lock()
        self._lanes = {False: _Lane(), True: _Lane()}

    async def validate_session(self, token: str) -> bool:
        """Return whether a browser with this token may see the owner's dashboard; renew its session."""
        [access] = await self._rows(query("owner_access"), owner_access_params(token))
        expires_at = access["expires_at"]
        if expires_at and expires_at < datetime.now(UTC) + SESSION_TTL - _RENEWED_EVERY:
            await self._rows(query("prolong_session"), {"token_hash": token_hash(token), "lasts": SESSION_TTL})
        return is_authorized(access, demo=self._demo)

    async def has_password(self) -> bool:
        """Return whether the owner has chosen a password."""
        return await self.password_hash() is not None

    async def password_hash(self) -> str | None:
        """Return the hash of the owner's password; None if none was chosen yet."""
        rows = await self._rows(query("owner_password"))
        return rows[0]["hash"] if rows else None

    def is_busy(self, *, known: bool) -> bool:
        """Return whether the queue for hashing is full: that of known browsers, or that of others."""
        return self._lanes[known].waiting >= _Lane.MAX_WAITING

    async def choose(self, password: str) -> bool:
        """Set the first password; return False if there is one already. Raises UnfitPasswordError."""
        hashed = await self._run_in_lane(self._lanes[False], hash_password, password)
        return bool(await self._rows(query("choose_owner_password"), {"hash": hashed}))

    async def open(self, password: str, hashed: str, *, known: bool = False) -> str | None:
        """Open a session; return its token, or None if the password is wrong.

        ``known``: the browser has logged in before. Raises OverloadedError.
        """
        if not await self._run_in_lane(self._lanes[known], verify_password, password, hashed):
            return None
        token = secrets.token_urlsafe(32)
        await self._rows(query("drop_expired_sessions"))
        values = {"token_hash": token_hash(token), "lasts": SESSION_TTL, "hash": hashed}
        return token if await self._rows(query("open_session"), values) else None

    async def close(self, token: str) -> None:
        """End a session."""
        await self._rows(query("close_session"), {"token_hash": token_hash(token)})

    async def _run_in_lane(self, lane: _Lane, work: Any, *values: str) -> Any:  # noqa: ANN401 - one of two functions
        if lane.waiting >= lane.MAX_WAITING:
            raise OverloadedError
        lane.waiting += 1
        try:
            async with lane.turn, self._hashing:
                return await asyncio.to_thread(work, *values)
        finally:
            lane.waiting -= 1

    async def _rows(self, statement: LiteralString, values: dict[str, object] | None = None) -> list[dict[str, Any]]:
        try:
            async with (
                self._pool.connection(timeout=2) as connection,
                connection.cursor(row_factory=dict_row) as cursor,
            ):
                await cursor.execute(statement, values)
                return await cursor.fetchall() if cursor.description else []
        except (psycopg.Error, PoolTimeout) as error:
            raise DatabaseAwayError from error
