"""Assembles the ASGI application: the receivers first, the query API behind them."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import AsyncIterator, Mapping
from typing import Any

from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from iot_hub.access.login.endpoints import Login
from iot_hub.access.login.sessions import Sessions
from iot_hub.api.health import Health
from iot_hub.api.host_names import HostCheck, UnknownHostError
from iot_hub.api.map.page import MapPage
from iot_hub.api.metrics import Metrics
from iot_hub.api.query import PREFIX, query_api
from iot_hub.api.unknown_paths import UnknownPaths
from iot_hub.api.year.page import YearPage
from iot_hub.database.connections import owner_conninfo, with_statement_timeout
from iot_hub.ingest.car_pids import usable_car_pids
from iot_hub.ingest.delivery import DeliveryService
from iot_hub.ingest.http.addresses import find_address
from iot_hub.ingest.http.admission import Admission
from iot_hub.ingest.http.authentication import token_in_id
from iot_hub.ingest.http.endpoints import ENDPOINTS, REGISTRATIONS
from iot_hub.ingest.http.large_bodies import LargeBodies
from iot_hub.ingest.http.receiver import Receiver
from iot_hub.ingest.http.registration import Registration
from iot_hub.ingest.http.request_ids import id_of
from iot_hub.ingest.http.responses import respond_error
from iot_hub.ingest.quarantine import Quarantine
from iot_hub.ingest.spool import Spool
from iot_hub.ingest.tokens import TokenCache, environment_tokens
from iot_hub.ingest.writer import Writer
from iot_hub.logs import request_id
from iot_hub.metrics.noticed import Noticed
from iot_hub.metrics.wrong_addresses import WrongAddresses
from iot_hub.settings import Settings

LARGEST_BODIES = 3
"""Bodies of the maximum size that may be in flight at once; small ones are bounded by the writer."""

LOGIN_TIMEOUT = 2.0
INGEST_TIMEOUT = 5.0
"""Statement timeouts in seconds: of login and health, and of the quarantine."""


class Dispatcher:
    """Dispatches requests with events straight to their receivers, all others to the application behind.

    Routing and middleware would add a tenth to the time of a posted event.
    """

    def __init__(
        self, receivers: Mapping[str, Receiver], tokens: TokenCache, fallback: ASGIApp, hosts: HostCheck
    ) -> None:
        self._hosts = hosts
        self._receivers = receivers
        self._tokens = tokens
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Dispatch a request, under the id that appears in the log."""
        if scope["type"] != "http":
            await self._fallback(scope, receive, send)
            return
        own_id = id_of(scope)
        request_id.set(own_id.decode())
        if not self._hosts.is_known(scope["headers"]):
            await respond_error(send, UnknownHostError())
            return
        receiver = self._receiver_of(scope)
        if receiver is None:
            await self._fallback(scope, receive, send)
        else:
            await receiver(scope, receive, send)

    def _receiver_of(self, scope: Scope) -> Receiver | None:
        """Find the receiver that a path means, and move the token out of the path or the device's id."""
        address = find_address(scope["path"], scope["query_string"])
        if address is None:
            return None
        receiver = self._receivers[address.path]
        scope["path"] = address.path
        if address.token is not None:
            scope["token_in_path"] = address.token.encode()
        elif receiver.endpoint.id_may_be_token and (found := token_in_id(scope["query_string"], self._tokens)):
            scope["token_in_path"], scope["query_string"] = found
        return receiver


def create_app(settings: Settings, *, demo: bool = False) -> Dispatcher:
    """Create the ASGI application of ``iot-hub api``; a demo may need no login."""
    where = owner_conninfo(settings, "iot-hub api")
    tokens = TokenCache(where, environment_tokens(), settings.home / "spool" / "tokens.json")
    writer = Writer(where)
    # Separate pools, so that neither ingest nor a scrape can keep the owner from logging in.
    login_pool = _pool(with_statement_timeout(where, LOGIN_TIMEOUT), 2)
    ingest_pool = _pool(with_statement_timeout(where, INGEST_TIMEOUT), 2)
    metrics_pool = _pool(where, 1)
    pools = (login_pool, ingest_pool, metrics_pool)
    quarantine = Quarantine(ingest_pool, settings.quarantine_bytes)
    delivery = DeliveryService(
        writer, quarantine, Spool(settings.home / "spool" / "spool.sqlite", settings.spool_bytes)
    )
    health = Health(login_pool, delivery, tokens)
    query_app = query_api(settings, demo=demo)
    large_bodies = LargeBodies()

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        for pool in pools:
            await pool.open()
        await tokens.start()
        await writer.start()
        await delivery.start()
        # What exists by now is permanent: a full collection of it would block all requests for 50 ms.
        gc.collect()
        gc.freeze()
        yield
        await writer.stop()
        await delivery.stop()
        await tokens.stop()
        await query_app.state.close()
        await year_page.close()
        for pool in pools:
            await pool.close()
        large_bodies.close()

    noticed, sessions = Noticed(settings.home), Sessions(login_pool, demo=demo)
    year_page = YearPage(settings, sessions)
    receivers = _receivers(settings, tokens, delivery, large_bodies)
    fallback = Starlette(
        routes=[
            Route("/healthz", health.healthz),
            Route("/readyz", health.readyz),
            Route(REGISTRATIONS, Registration(tokens).register, methods=["POST"]),
            Route("/metrics", Metrics(settings, metrics_pool, writer, delivery).show),
            *Login(settings, sessions, noticed).routes(),
            *MapPage(settings, sessions).routes(),
            *year_page.routes(),
            Mount("/", query_app),
        ],
        lifespan=lifespan,
    )
    unknown_paths = UnknownPaths(
        fallback, {PREFIX, *_paths_of(fallback, query_app)}, tokens, WrongAddresses(settings.home)
    )
    return Dispatcher(receivers, tokens, unknown_paths, HostCheck(settings, noticed))


def _receivers(
    settings: Settings, tokens: TokenCache, delivery: DeliveryService, large_bodies: LargeBodies
) -> dict[str, Receiver]:
    """Return the receiver of each path. They share one bound on the bytes in flight."""
    admission = Admission(LARGEST_BODIES * settings.max_body_bytes)
    pids = usable_car_pids(settings)
    return {
        endpoint.path: Receiver(
            endpoint,
            tokens=tokens,
            delivery=delivery,
            admission=admission,
            large_bodies=large_bodies,
            zone=settings.zone,
            pids=pids,
            most_bytes=settings.max_body_bytes,
            most_items=settings.max_body_items,
        )
        for endpoint in ENDPOINTS
    }


def _paths_of(*applications: Starlette) -> set[str]:
    """Return the paths of applications, of those with parameters what stands before the first."""
    paths = (getattr(route, "path", "") for application in applications for route in application.routes)
    return {prefix for path in paths if (prefix := path.partition("{")[0])}


def _pool(where: str, most: int) -> AsyncConnectionPool[Any]:
    return AsyncConnectionPool(where, min_size=0, max_size=most, open=False, kwargs={"autocommit": True})
