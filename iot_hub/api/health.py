"""Alive, and ready: ``/healthz``, ``/readyz``."""

from __future__ import annotations

import psycopg
from prometheus_client import Counter
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from iot_hub import __version__
from iot_hub.database.queries import query
from iot_hub.ingest.delivery import Keeper
from iot_hub.ingest.tokens import TokenBook

Pool = AsyncConnectionPool[psycopg.AsyncConnection[tuple[object, ...]]]

unready_total = Counter("iot_hub_unready_total", "Times that /readyz had to say no.")


class Health:
    """The two endpoints."""

    def __init__(self, pool: Pool, keeper: Keeper, tokens: TokenBook) -> None:
        """Take a pool as the hub itself, and what the endpoints tell of."""
        self._pool = pool
        self._keeper = keeper
        self._tokens = tokens

    async def healthz(self, _: Request) -> Response:
        """Say that the process lives."""
        return JSONResponse({"status": "alive", "version": __version__})

    async def readyz(self, _: Request) -> Response:
        """Say whether an event sent now could be kept safely, and what waits in the spool.

        While the database is away it could be, in the spool, as long as there is room.
        """
        stats = self._keeper.stats
        spool = {"events": stats.events, "bytes": stats.bytes, "oldest_seconds": stats.oldest_seconds}
        try:
            await self._ask_database()
        except (psycopg.Error, PoolTimeout):
            unready_total.inc()
            if self._keeper.can_spool and self._tokens.known:
                return JSONResponse({"status": "spooling", "spool": spool})
            return JSONResponse(
                {
                    "status": "not ready",
                    "error": {"code": "database_away", "message": "The database does not answer."},
                    "spool": spool,
                },
                status_code=503,
                headers={"retry-after": "5"},
            )
        return JSONResponse({"status": "ready", "spool": spool})

    async def _ask_database(self) -> None:
        async with self._pool.connection(timeout=2) as connection:
            await connection.execute(query("probe"))
