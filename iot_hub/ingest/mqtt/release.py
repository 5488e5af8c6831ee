"""Released messages: what was held is read again when its device has been approved or its topic described.

Stored before it is dropped: whatever ends the process between the two, the database recognises the events.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import structlog

from iot_hub.database.queries import query
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.delivery import DeliveryService
from iot_hub.ingest.holding import HeldMessage
from iot_hub.ingest.mqtt.discovery import Discovery
from iot_hub.ingest.mqtt.home_messages import HomeMessages
from iot_hub.ingest.quarantine import QuarantinedPayload
from iot_hub.sources.mqtt import HomeReader, HomeSettings
from iot_hub.sources.mqtt.meaning import Message
from iot_hub.timestamps import unix_microseconds

log = structlog.get_logger()

Connection = psycopg.AsyncConnection[Any]

READ_AT_ONCE = 1_000
UNDESCRIBED = "?"
"""Begins what a message waits for whose topic nobody has described: no identity begins so."""
_EVERYTHING = 2**63 - 1


class Release:
    """Reads held messages again, with a reader of its own: they are older than what the receiver's has seen since."""

    def __init__(
        self, reader: HomeReader, settings: HomeSettings, discovery: Discovery, delivery: DeliveryService
    ) -> None:
        """Read what was held with what the receiver's reader has learned."""
        self._reader = reader
        self._settings = settings
        self._discovery = discovery
        self._delivery = delivery

    async def decided(self, connection: Connection) -> None:
        """Release what waited for a decision. Raises psycopg.Error, OverloadedError or SpoolFullError."""
        rows = await (await connection.execute(query("releasable_identities"))).fetchall()
        messages = self._messages() if rows else None
        for identity, status in rows:
            if status == "ignored" or messages is None:
                await _drop(connection, identity, _EVERYTHING)
            else:
                await self._release(connection, identity, messages)

    async def described(self, connection: Connection) -> None:
        """Release what waited for a description that has come. Raises as ``decided``."""
        rows = await (await connection.execute(query("undescribed_identities"))).fetchall()
        messages = self._messages() if rows else None
        for (identity,) in rows:
            if messages is not None:
                await self._release(connection, identity, messages)

    def _messages(self) -> HomeMessages:
        reader = HomeReader(self._settings)
        reader.restore(self._reader.dump())
        return HomeMessages(reader, self._discovery)

    async def _release(self, connection: Connection, identity: str, messages: HomeMessages) -> None:
        after = 0
        released = 0
        while rows := await _held(connection, identity, after):
            events: list[StoredEvent] = []
            rejected: list[QuarantinedPayload] = []
            held: list[HeldMessage] = []
            for message in _as_messages(rows):
                result = messages.read(message)
                if result.meaning.is_undescribed or result.waits_for == identity:
                    # The owner has changed their mind, or it was another topic that was described.
                    return
                events += result.events
                rejected += [
                    QuarantinedPayload(device, "mqtt", found.reason, found.payload) for device, found in result.rejected
                ]
                if result.waits_for is not None:
                    held.append(
                        HeldMessage(
                            result.waits_for, message.topic, message.payload, message.received_at, message.retained
                        )
                    )
            await self._store(events, rejected, held)
            after = rows[-1][0]
            released += len(rows)
            await _drop(connection, identity, after)
        if released:
            log.info("held_messages_released", messages=released)

    async def _store(
        self, events: Sequence[StoredEvent], rejected: Sequence[QuarantinedPayload], held: Sequence[HeldMessage]
    ) -> None:
        if events:
            await self._delivery.store(events)
        if rejected:
            await self._delivery.quarantine(rejected)
        if held:
            await self._delivery.hold(held)


async def _held(connection: Connection, identity: str, after: int) -> list[Any]:
    params = {"identity": identity, "after": after, "most": READ_AT_ONCE}
    return await (await connection.execute(query("held_messages"), params)).fetchall()


async def _drop(connection: Connection, identity: str, until: int) -> None:
    await connection.execute(query("drop_held_messages"), {"identity": identity, "until": until})


def _as_messages(rows: Sequence[Any]) -> Iterator[Message]:
    for _, topic, payload, received_at, retained in rows:
        yield Message(topic, bytes(payload), unix_microseconds(received_at), retained)
