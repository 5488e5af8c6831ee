"""Runs the MQTT receiver: ``iot-hub mqtt``. It has a spool, a writer and connections of its own."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import time
from collections.abc import AsyncIterator
from typing import Any

import structlog
import uvloop
from psycopg_pool import AsyncConnectionPool

from iot_hub.database.connections import owner_conninfo, with_statement_timeout
from iot_hub.errors import UserError
from iot_hub.ingest.delivery import DeliveryService
from iot_hub.ingest.holding import Holding
from iot_hub.ingest.mqtt.broker import broker_of
from iot_hub.ingest.mqtt.figures import Figures
from iot_hub.ingest.mqtt.home import Home
from iot_hub.ingest.mqtt.lease import lease
from iot_hub.ingest.mqtt.metrics import ReceiverMetrics
from iot_hub.ingest.mqtt.receive_times import ReceiveTimes
from iot_hub.ingest.mqtt.receiver import MessageReceiver
from iot_hub.ingest.mqtt.session import Session
from iot_hub.ingest.mqtt.status import Status, folder, write_status
from iot_hub.ingest.quarantine import Quarantine
from iot_hub.ingest.spool import Spool
from iot_hub.ingest.tokens import Changed, TokenCache
from iot_hub.ingest.writer import Writer
from iot_hub.settings import Settings
from iot_hub.sources.mqtt import HomeSettings
from iot_hub.sources.mqtt.mapping import read_keys, read_mappings
from iot_hub.topic_filters import split_filters

log = structlog.get_logger()

QUARANTINE_TIMEOUT_S = 5.0
SHOW_SECONDS = 1.0
DATABASE_SECONDS = 5.0
"""How long a start waits for the database where it knows the devices of the last run."""


def run_receiver(settings: Settings, tokens_changed: Changed | None = None) -> None:
    """Receive until SIGTERM or SIGINT. ``tokens_changed`` runs after each change of a device's token."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(settings, tokens_changed))


async def _run(settings: Settings, tokens_changed: Changed | None) -> None:
    receiving = asyncio.create_task(_Receiving(settings, tokens_changed).run())
    with contextlib.suppress(asyncio.CancelledError):
        await receiving


class _Receiving:
    """The receiver's parts, put together."""

    def __init__(self, settings: Settings, tokens_changed: Changed | None) -> None:
        self._settings = settings
        self._folder = folder(settings.home)
        self._tokens_changed = tokens_changed
        self._metrics = ReceiverMetrics(settings.home)
        self._session: Session | None = None

    async def run(self) -> None:
        """Wait for the lease, and receive until a signal."""
        own = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, own)
        log.info("mqtt_starts")
        broker = broker_of(self._settings)
        async with (
            lease(self._folder / "lease.lock"),
            delivery_of(self._settings) as delivery,
            tokens_of(self._settings, self._tokens_changed) as tokens,
            home_of(self._settings, delivery) as home,
        ):
            times = ReceiveTimes(self._folder / "receive-times")
            receiver = MessageReceiver(
                delivery=delivery, tokens=tokens, home=home.messages, discovery=home.discovery, times=times,
                zone=self._settings.zone, most_items=self._settings.max_body_items, metrics=self._metrics,
            )  # fmt: skip
            status = Status(broker=broker.name, is_own=broker.is_own, since=time.time())
            session = self._session = Session(
                broker, split_filters(self._settings.mqtt_topics), self._folder, receiver.receive, status,
                forgotten=times.forget, connecting=times.begin_connection, lost=self._metrics.session_lost,
            )  # fmt: skip
            # What exists by now is permanent.
            gc.collect()
            gc.freeze()
            showing = asyncio.create_task(self._show_for_ever(session, status, delivery))
            figures = asyncio.create_task(Figures(self._settings, broker, self._folder).run())
            await session.run()
            showing.cancel()
            figures.cancel()
            await asyncio.gather(figures, return_exceptions=True)
            write_status(self._settings.home, status)
            times.close()

    def _stop(self, own: asyncio.Task[None] | None) -> None:
        if self._session is not None:
            self._session.stop()
        elif own is not None:
            own.cancel()

    async def _show_for_ever(self, session: Session, status: Status, delivery: DeliveryService) -> None:
        """Write status and metrics, again and again."""
        metrics = self._metrics
        while True:
            status.written = time.time()
            status.messages, status.last_message = metrics.messages, metrics.last_message
            status.unacknowledgeable = metrics.unacknowledgeable
            status.spooled = delivery.stats.events
            status.waiting, status.behind_seconds = session.waiting, round(session.behind_seconds, 1)
            metrics.show(
                connected=status.state == "connected", acknowledged=session.acknowledged, waiting=status.waiting,
                behind=status.behind_seconds,
            )  # fmt: skip
            write_status(self._settings.home, status)
            await asyncio.sleep(SHOW_SECONDS)


@contextlib.asynccontextmanager
async def delivery_of(settings: Settings) -> AsyncIterator[DeliveryService]:
    """Run what stores events and messages, with a spool of the receiver's own."""
    where = owner_conninfo(settings, "iot-hub mqtt")
    writer = Writer(where)
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        with_statement_timeout(where, QUARANTINE_TIMEOUT_S), min_size=0, max_size=1, open=False,
        kwargs={"autocommit": True},
    )  # fmt: skip
    spool = Spool(folder(settings.home) / "spool.sqlite", settings.spool_bytes)
    holding = Holding(pool, settings.mqtt_holding_bytes)
    delivery = DeliveryService(writer, Quarantine(pool, settings.quarantine_bytes), spool, holding)
    await pool.open()
    await writer.start()
    await delivery.start()
    try:
        yield delivery
    finally:
        await writer.stop()
        await delivery.stop()
        await pool.close()


@contextlib.asynccontextmanager
async def home_of(settings: Settings, delivery: DeliveryService) -> AsyncIterator[Home]:
    """Run what reads the home's messages; the owner's decisions are known when it begins."""
    home = Home(home_settings(settings), folder(settings.home), owner_conninfo(settings, "iot-hub mqtt"), delivery)
    try:
        await home.start()
        yield home
    finally:
        await home.stop()


def home_settings(settings: Settings) -> HomeSettings:
    """Return what the owner has said about the home. Raises UserError for a file that can't be read."""
    path = settings.mqtt_mappings
    if path is None:
        return HomeSettings(time_zone=settings.zone)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} (IOT_HUB_MQTT_MAPPINGS) can't be read: {error.strerror}.") from error
    return HomeSettings(
        time_zone=settings.zone, keys=read_keys(text, path.name), mappings=read_mappings(text, path.name)
    )


@contextlib.asynccontextmanager
async def tokens_of(settings: Settings, changed: Changed | None) -> AsyncIterator[TokenCache]:
    """Run what knows the devices' tokens; they are known when it begins."""
    where = owner_conninfo(settings, "iot-hub mqtt")
    tokens = TokenCache(where, {}, folder(settings.home) / "tokens.json", changed=changed)
    await tokens.start()
    try:
        # A device may be newer than the file of the last run; without a database that file has to do.
        deadline = time.monotonic() + DATABASE_SECONDS
        while not tokens.is_current and not (tokens.loaded and time.monotonic() > deadline):
            await asyncio.sleep(0.05)
        yield tokens
    finally:
        await tokens.stop()
