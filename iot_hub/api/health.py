"""Liveness and readiness: ``/healthz``, ``/readyz``."""

from __future__ import annotations

import psycopg
from prometheus_client import Counter
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from iot_hub import __version__
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError
from iot_hub.ingest.delivery import DeliveryService
from iot_hub.ingest.tokens import TokenCache

Pool = AsyncConnectionPool[psycopg.AsyncConnection[tuple[object, ...]]]

unready_total = Counter("iot_hub_unready_total", "Times that /readyz found the database unavailable.")


class Health:
    """The two endpoints."""

    def __init__(self, pool: Pool, delivery: DeliveryService, tokens: TokenCache) -> None:
        self._pool = pool
        self._delivery = delivery
        self._tokens = tokens

    async def healthz(self, _: Request) -> Response:
        """Return that the process is alive, and its version."""
        return JSONResponse({"status": "alive", "version": __version__})

    async def readyz(self, _: Request) -> Response:
        """Return whether an event sent now would be stored safely, and the state of the spool.

        While the database is unavailable, the spool stores events as long as it has room.
        """
        stats = self._delivery.stats
        spool = {"events": stats.events, "bytes": stats.bytes, "oldest_seconds": stats.oldest_seconds}
        try:
            await self._probe_database()
        except (psycopg.Error, PoolTimeout):
            unready_total.inc()
            if self._delivery.can_spool and self._tokens.loaded:
                return JSONResponse({"status": "spooling", "spool": spool})
            return _not_ready("The database does not answer.", spool)
        if not self._tokens.can_refuse:
            # An event sent now may get a 503: its token is not known yet.
            return _not_ready("The devices' tokens are still being read.", spool)
        return JSONResponse({"status": "ready", "spool": spool})

    async def _probe_database(self) -> None:
        async with self._pool.connection(timeout=2) as connection:
            await connection.execute(query("probe"))


def _not_ready(message: str, spool: dict[str, float]) -> Response:
    error = {"code": DatabaseAwayError.code, "message": message}
    return JSONResponse(
        {"status": "not ready", "error": error, "spool": spool}, status_code=503, headers={"retry-after": "5"}
    )
