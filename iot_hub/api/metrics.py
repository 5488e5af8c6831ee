"""``/metrics``: the metrics of this process, the database and the other roles, for Prometheus.

Growing counts, and the age of a device's last event, reveal when somebody is at home. So they require a
token: ``IOT_HUB_METRICS_TOKEN``, or one that the hub generates. A request from this machine needs it too,
because requests through a TCP forwarder (ssh -R, Tor, socat) look local.
"""

from __future__ import annotations

import asyncio
import hmac

import psycopg
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import Metric
from psycopg_pool import PoolTimeout
from starlette.requests import Request
from starlette.responses import Response

from iot_hub.api.database_metrics import away, read_database
from iot_hub.api.health import Pool
from iot_hub.api.machine_metrics import measure_machine
from iot_hub.errors import HubError, error_body
from iot_hub.files.own_secrets import METRICS_TOKEN, own_secret
from iot_hub.ingest.delivery import DeliveryService
from iot_hub.ingest.writer import Writer
from iot_hub.metrics.families import gauge, registry_of
from iot_hub.metrics.role_files import read_roles
from iot_hub.settings import Settings


class ClosedError(HubError):
    """/metrics requires a bearer token: IOT_HUB_METRICS_TOKEN, or the one in secrets/metrics-token."""

    code = "metrics_closed"
    status = 403


class Metrics:
    """The endpoint."""

    def __init__(self, settings: Settings, pool: Pool, writer: Writer, delivery: DeliveryService) -> None:
        self._settings = settings
        own = settings.metrics_token
        self._token = (own.get_secret_value() if own else own_secret(settings.home, METRICS_TOKEN)).encode()
        self._pool = pool
        self._writer = writer
        self._delivery = delivery

    async def show(self, request: Request) -> Response:
        """Return the metrics to authorized clients."""
        if not self._may_read(request):
            error = ClosedError()
            return Response(error_body(error.code, str(error)), error.status, media_type="application/json")
        families = [*self._waiting(), *measure_machine(self._settings.home), *await self._database()]
        roles = await asyncio.to_thread(read_roles, self._settings.home)
        own = generate_latest(REGISTRY) + generate_latest(registry_of(families))
        return Response(own + roles, media_type=CONTENT_TYPE_LATEST)

    def _may_read(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token)

    async def _database(self) -> list[Metric]:
        try:
            async with self._pool.connection(timeout=2) as connection:
                return await read_database(connection)
        except (psycopg.Error, PoolTimeout):
            return away()

    def _waiting(self) -> list[Metric]:
        stats = self._delivery.stats
        return [
            gauge("iot_hub_events_waiting", "Events waiting for a commit.", self._writer.waiting),
            gauge("iot_hub_spool_events", "Events in the spool, safe until the database is back.", stats.events),
            gauge("iot_hub_spool_bytes", "Bytes in the spool.", stats.bytes),
            gauge("iot_hub_spool_limit_bytes", "Maximum size of the spool in bytes.", self._settings.spool_bytes),
            gauge(
                "iot_hub_quarantine_limit_bytes",
                "Maximum size of the quarantine in bytes.",
                self._settings.quarantine_bytes,
            ),
            gauge("iot_hub_spool_oldest_seconds", "Age of the oldest record in the spool.", stats.oldest_seconds),
        ]
