"""The MQTT receiver: messages go in, and what they mean is stored before their acknowledgement goes out.

What can't be read or has no device is in quarantine before it is acknowledged: a bad message never comes again, and
never stops the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import tzinfo
from typing import Any

import msgspec
import structlog

from iot_hub.errors import OverloadedError, SpoolFullError, TooManyItemsError
from iot_hub.event import Event, ParseResult, Rejected
from iot_hub.ingest.assignment import assign
from iot_hub.ingest.batch import Receipt, StoredEvent
from iot_hub.ingest.delivery import DeliveryService
from iot_hub.ingest.holding import HeldMessage
from iot_hub.ingest.mqtt.discovery import Discovery
from iot_hub.ingest.mqtt.home_messages import HomeMessages
from iot_hub.ingest.mqtt.message import Message
from iot_hub.ingest.mqtt.metrics import ReceiverMetrics
from iot_hub.ingest.mqtt.receive_times import ReceiveTimes
from iot_hub.ingest.mqtt.release import UNDESCRIBED
from iot_hub.ingest.mqtt.routing import Route, route
from iot_hub.ingest.mqtt.unknown_topics import MOST_HELD, UnknownTopics
from iot_hub.ingest.quarantine import QuarantinedPayload, quarantined_event
from iot_hub.ingest.rejected_bodies import whole_body
from iot_hub.ingest.tokens import AuthenticatedDevice, TokenCache
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.sources.mqtt import Message as HomeMessage
from iot_hub.timestamps import Microseconds
from iot_hub.waiting.backoff import Backoff

log = structlog.get_logger()

MOST_ROUTES = 10_000
"""Topics whose way is remembered."""
LONGEST_KNOWN = 250
"""Characters of such a topic; one may have 65,535."""
SOURCE = "mqtt"
"""What quarantine calls the source of a message that belongs to none."""


class Batch(msgspec.Struct):
    """What the messages of one read mean: events and rejects on their way, and what is held."""

    events: list[StoredEvent]
    quarantined: list[QuarantinedPayload]
    held: list[HeldMessage]


class MessageReceiver:
    """Reads messages and has them stored."""

    def __init__(
        self, *, delivery: DeliveryService, tokens: TokenCache, home: HomeMessages, discovery: Discovery,
        times: ReceiveTimes, zone: tzinfo, most_items: int, metrics: ReceiverMetrics,
    ) -> None:  # fmt: skip
        """Store by way of the delivery, for devices with a token and for those of the home that were approved."""
        self._home = home
        self._discovery = discovery
        self._delivery = delivery
        self._tokens = tokens
        self._times = times
        self._zone = zone
        self._most_items = most_items
        self._metrics = metrics
        self._routes: dict[str, Route | None] = {}
        self._unknown = UnknownTopics()

    def receive(self, messages: Sequence[Message]) -> Coroutine[Any, Any, None]:
        """Read messages at once, in order; what is returned ends when what they mean is safe."""
        batch = Batch([], [], [])
        for message in messages:
            received_at = self._times.received_at(
                message.packet_id, message.topic, message.payload, is_repeated=message.is_repeated
            )
            try:
                self._read(message, received_at, batch)
            except Exception:
                # Whatever a message does to its source: it must neither stop the others nor come for ever.
                log.exception("message_failed")
                self._quarantine(batch, None, SOURCE, "failed", message, received_at)
        self._metrics.received(messages)
        return self._store(batch)

    def _read(self, message: Message, received_at: Microseconds, batch: Batch) -> None:
        if not message.is_readable:
            self._quarantine(batch, None, SOURCE, "malformed_packet", message, received_at)
            return
        way = self._route(message.topic)
        if way is None:
            self._read_home(message, received_at, batch)
        elif way.devices and message.payload:
            # Else it is an order to an app, or the end of a retained message.
            self._read_events(message, way, received_at, batch)

    def _read_home(self, message: Message, received_at: Microseconds, batch: Batch) -> None:
        result = self._home.read(HomeMessage(message.topic, message.payload, received_at, message.retained))
        meaning = result.meaning
        if not result.has_own_time or result.waits_for is not None:
            self._times.remember(message.packet_id, message.topic, message.payload, received_at)
        batch.events += result.events
        if not message.retained:
            for reading in meaning.readings:
                source = reading.result.source if isinstance(reading.result, Event) else SOURCE
                self._discovery.heard(reading.device, received_at, source)
        if meaning.descriptions or meaning.availability or meaning.has_taught:
            self._discovery.learn(meaning, received_at)
        if result.waits_for is not None:
            self._hold(batch, result.waits_for, message, received_at)
        for device, found in result.rejected:
            self._quarantine(batch, device, SOURCE, found.reason, message, received_at)
        if meaning.is_undescribed and not message.retained:
            number = self._unknown.count(message.topic, received_at)
            if number == 1:
                self._quarantine(batch, None, SOURCE, "unknown_topic", message, received_at)
            if 1 <= number <= MOST_HELD and len(message.topic) <= LONGEST_KNOWN:
                self._times.remember(message.packet_id, message.topic, message.payload, received_at)
                self._hold(batch, UNDESCRIBED + message.topic, message, received_at)

    def _hold(self, batch: Batch, waits_for: str, message: Message, received_at: Microseconds) -> None:
        batch.held.append(HeldMessage(waits_for, message.topic, message.payload, received_at, message.retained))
        self._discovery.held += 1

    def _read_events(self, message: Message, way: Route, received_at: Microseconds, batch: Batch) -> None:
        sender = way.sender(self._tokens.sender_named)
        if sender is None:
            if way.source == "hub":
                self._quarantine(batch, None, way.source, "unknown_device", message, received_at)
            else:
                # A phone of a broker that is not the hub's: found as the home's devices are.
                self._read_home(message, received_at, batch)
            return
        context = ParseContext(
            received_at, time_zone=self._zone, topic=message.topic, key=sender.key, most_items=self._most_items
        )
        try:
            results = SOURCES[way.source](message.payload, context)
        except TooManyItemsError:
            results = [Rejected(0, message.payload, "too_many_items")]
        if not results and way.source == "hub" and message.payload.strip() != b"[]":
            # An array that was cut off before its first reading.
            results = [Rejected(0, message.payload, "not_json")]
        if message.retained:
            results = [result for result in results if _has_own_time(result)]
        self._assign(message, way, sender, results, received_at, batch)

    def _assign(
        self, message: Message, way: Route, sender: AuthenticatedDevice, results: Sequence[ParseResult],
        received_at: Microseconds, batch: Batch,
    ) -> None:  # fmt: skip
        if not all(map(_has_own_time, results)):
            self._times.remember(message.packet_id, message.topic, message.payload, received_at)
        found = assign(results, sender, self._tokens.device_id, trust_payload_device=way.trust_payload_device)
        batch.events += found.events
        if found.rejected:
            reason = found.rejected[0].reason
            self._quarantine(batch, sender.device_id, way.source, reason, message, received_at, len(found.rejected))

    def _quarantine(
        self, batch: Batch, device_id: int | None, source: str, reason: str, message: Message,
        received_at: Microseconds, items: int = 1,
    ) -> None:  # fmt: skip
        # As a whole: of a message the topic says as much as the payload.
        context = ParseContext(received_at, time_zone=self._zone, topic=message.topic)
        batch.quarantined.append(whole_body(device_id, source, reason, message.payload, context, items=items))

    def _route(self, topic: str) -> Route | None:
        try:
            return self._routes[topic]
        except KeyError:
            way = route(topic)
            if len(topic) <= LONGEST_KNOWN:
                if len(self._routes) >= MOST_ROUTES:
                    self._routes.clear()
                self._routes[topic] = way
            return way

    async def _store(self, batch: Batch) -> None:
        """Store until everything is safe: the broker keeps what is behind it, and the connection what is in flight."""
        backoff = Backoff(0.1, 5.0)
        while batch.quarantined or batch.events or batch.held:
            try:
                if batch.held:
                    await self._delivery.hold(batch.held)
                    batch.held = []
                if batch.quarantined:
                    await self._delivery.quarantine(batch.quarantined)
                    self._metrics.rejected(len(batch.quarantined))
                    batch.quarantined = []
                if batch.events:
                    receipt = await self._delivery.store(batch.events)
                    batch.events, stored = [], batch.events
                    self._count(receipt, stored, batch)
            except (OverloadedError, SpoolFullError) as error:
                self._metrics.refused(error.code)
                await asyncio.sleep(backoff.pause())
            except Exception:
                # Not acknowledged, and tried again: the reason may pass, and the log says where it was.
                log.exception("store_failed")
                self._metrics.refused("failed")
                await asyncio.sleep(backoff.pause())

    def _count(self, receipt: Receipt | None, events: Sequence[StoredEvent], batch: Batch) -> None:
        if receipt is None:
            self._metrics.stored(spooled=len(events))
            return
        self._metrics.stored(stored=receipt.stored, duplicates=receipt.duplicates)
        batch.quarantined = [quarantined_event(events[index], reason) for index, reason in receipt.rejected]


def _has_own_time(result: ParseResult) -> bool:
    """Return whether an event says itself when it was measured: of a replay nothing else is a new reading."""
    return isinstance(result, Event) and result.time_source == "measured"
