"""Alive, ready, and measured: ``/healthz``, ``/readyz``, ``/metrics``."""

from __future__ import annotations

import psycopg
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from iot_hub import __version__
from iot_hub.keeper import Keeper
from iot_hub.queries import query
from iot_hub.tokens import TokenBook
from iot_hub.writer import Writer

stale_hours = Gauge("iot_hub_stale_hours", "Hours whose roll-ups do not match their events yet.")
stale_seconds = Gauge("iot_hub_stale_hours_oldest_seconds", "Age of the oldest mark of a stale hour.")
quarantined = Gauge("iot_hub_quarantine_payloads", "Payloads in quarantine.")
spool_events = Gauge("iot_hub_spool_events", "Events in the spool, safe until the database is back.")
spool_bytes = Gauge("iot_hub_spool_bytes", "Bytes in the spool.")
spool_seconds = Gauge("iot_hub_spool_oldest_seconds", "Age of the oldest entry in the spool.")
unready_total = Counter("iot_hub_unready_total", "Times that /readyz had to say no.")


class WriterCollector(Collector):
    """Reads the writer's statistics when Prometheus asks, not at each commit."""

    def __init__(self, writer: Writer) -> None:
        """Take the writer."""
        self._writer = writer

    def collect(self) -> list[Metric]:
        """Give the writer's metrics."""
        statistics = self._writer.statistics
        waiting = Metric("iot_hub_events_waiting", "Events that wait for a commit.", "gauge")
        waiting.add_sample("iot_hub_events_waiting", {}, self._writer.waiting)
        return [
            CounterMetricFamily("iot_hub_commits", "Group commits.", value=statistics.commits),
            CounterMetricFamily("iot_hub_committed_events", "Events in group commits.", value=statistics.events),
            CounterMetricFamily("iot_hub_commit_seconds", "Time spent in group commits.", value=statistics.seconds),
            waiting,
        ]


class Health:
    """The three endpoints."""

    def __init__(
        self,
        pool: AsyncConnectionPool[psycopg.AsyncConnection[tuple[object, ...]]],
        writer: Writer,
        keeper: Keeper,
        tokens: TokenBook,
    ) -> None:
        """Take a pool as the hub itself, and what the endpoints tell of."""
        self._pool = pool
        self._keeper = keeper
        self._tokens = tokens
        self._collector = WriterCollector(writer)

    def start(self) -> None:
        """Register the writer's metrics."""
        REGISTRY.register(self._collector)

    def stop(self) -> None:
        """Take the writer's metrics back."""
        REGISTRY.unregister(self._collector)

    async def healthz(self, _: Request) -> Response:
        """Say that the process lives."""
        return JSONResponse({"status": "alive", "version": __version__})

    async def readyz(self, _: Request) -> Response:
        """Say whether an event sent now could be kept safely, and what waits in the spool.

        While the database is away it could be, in the spool, as long as there is room.
        """
        depth = self._keeper.depth
        spool = {"events": depth.events, "bytes": depth.bytes, "oldest_seconds": depth.oldest_seconds}
        try:
            await self._read_state()
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

    async def metrics(self, _: Request) -> Response:
        """Give the metrics as Prometheus reads them."""
        depth = self._keeper.depth
        spool_events.set(depth.events)
        spool_bytes.set(depth.bytes)
        spool_seconds.set(depth.oldest_seconds)
        try:
            await self._read_state()
        except (psycopg.Error, PoolTimeout):
            unready_total.inc()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def _read_state(self) -> None:
        async with self._pool.connection(timeout=2) as connection:
            row = await (await connection.execute(query("hub_state"))).fetchone()
        assert row is not None  # noqa: S101 - an aggregate always has its row
        stale_hours.set(float(str(row[0])))
        stale_seconds.set(float(str(row[1])))
        quarantined.set(float(str(row[2])))
