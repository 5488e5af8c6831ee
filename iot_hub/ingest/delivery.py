"""Store and forward: what a receiver accepted is safe when ``store`` returns, wherever that is.

                     ┌───────────► database (writer, quarantine)
    receiver ──► store                    ▲
                     └─► spool ──► drain ─┘   while the breaker is open, and until the spool is empty

An event whose commit may have happened is spooled too; the database recognises it when it is drained.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog

from iot_hub.errors import DatabaseAwayError
from iot_hub.ingest.batch import Receipt, StoredEvent
from iot_hub.ingest.circuit_breaker import PROBE_INTERVAL_S
from iot_hub.ingest.holding import HeldMessage, Holding
from iot_hub.ingest.quarantine import Quarantine, QuarantinedPayload, quarantined_event
from iot_hub.ingest.spool import Kind, QueueStats, Record, Spool
from iot_hub.ingest.writer import LARGEST_BATCH, Writer

log = structlog.get_logger()

_encode = msgspec.msgpack.Encoder().encode
_DECODERS: Mapping[Kind, msgspec.msgpack.Decoder[Any]] = {
    "events": msgspec.msgpack.Decoder(list[StoredEvent]),
    "rejected": msgspec.msgpack.Decoder(list[QuarantinedPayload]),
    "held": msgspec.msgpack.Decoder(list[HeldMessage]),
}


class DeliveryService:
    """Stores events, rejected payloads and held messages, in the database or in the spool."""

    def __init__(self, writer: Writer, quarantine: Quarantine, spool: Spool, holding: Holding | None = None) -> None:
        """Deliver to the writer, to quarantine and to the holding table, by way of the spool where need be."""
        self._writer = writer
        self._quarantine = quarantine
        self._holding = holding
        self._spool = spool
        self._wanted = asyncio.Event()
        self._drainer: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the spool and start to drain what an earlier process left."""
        await self._spool.open()
        self._wanted.set()
        self._drainer = asyncio.create_task(self._drain_for_ever())

    async def stop(self) -> None:
        """Stop draining; what is in the spool stays there."""
        if self._drainer:
            self._drainer.cancel()
            await asyncio.gather(self._drainer, return_exceptions=True)
        await self._spool.close()

    @property
    def stats(self) -> QueueStats:
        """How much is waiting in the spool."""
        return self._spool.stats

    @property
    def overloaded(self) -> bool:
        """Whether more is refused."""
        return self._writer.overloaded

    @property
    def can_spool(self) -> bool:
        """Whether the spool had room at the last try."""
        return self._spool.has_room

    async def store(self, events: Sequence[StoredEvent]) -> Receipt | None:
        """Store events; None means that they are in the spool.

        Raises OverloadedError, or SpoolFullError when they can be stored nowhere.
        """
        try:
            return await self._writer.store(events)
        except DatabaseAwayError:
            await self._append("events", events)
            return None

    async def quarantine(self, payloads: Sequence[QuarantinedPayload]) -> None:
        """Store rejected payloads in quarantine. Raises SpoolFullError."""
        await self._keep("rejected", payloads)

    async def hold(self, messages: Sequence[HeldMessage]) -> None:
        """Store messages that wait for a decision or a description. Raises SpoolFullError."""
        await self._keep("held", messages)

    async def _keep(self, kind: Kind, items: Sequence[QuarantinedPayload] | Sequence[HeldMessage]) -> None:
        try:
            if self._writer.breaker.is_open:
                raise DatabaseAwayError
            await self._write(kind, items)
        except DatabaseAwayError:
            await self._append(kind, items)

    async def _write(self, kind: Kind, items: Sequence[Any]) -> None:
        if kind == "events":
            await self._drain_events(items)
        elif kind == "rejected":
            await self._quarantine.store(items)
        elif self._holding is None:
            raise TypeError("messages are held by the receiver of MQTT only")
        else:
            await self._holding.store(items)

    async def _append(self, kind: Kind, items: Sequence[Any]) -> None:
        # Also where the spool is full: nothing else would probe the database.
        self._wanted.set()
        await self._spool.append(Record(kind, len(items), _encode(items)))
        self._wanted.set()

    async def _drain_for_ever(self) -> None:
        while True:
            await self._wanted.wait()
            try:
                if not await self._writer.probe():
                    await asyncio.sleep(self._writer.breaker.seconds_to_probe)
                elif not await self._drain_once():
                    self._wanted.clear()
                    # What was spooled between the look and the clearing rings again.
                    if self._spool.stats.events:
                        self._wanted.set()
            except Exception as error:  # Whatever it is: the events are safe, and it is tried again.
                log.warning("drain_failed", error=type(error).__name__)
                await asyncio.sleep(PROBE_INTERVAL_S)

    async def _drain_once(self) -> bool:
        """Move the oldest records into the database; return whether there were any."""
        records = await self._spool.peek(LARGEST_BATCH)
        if not records:
            return False
        kind = records[0].kind
        await self._write(kind, [item for record in records for item in _DECODERS[kind].decode(record.payload)])
        await self._spool.remove(records)
        return True

    async def _drain_events(self, events: Sequence[StoredEvent]) -> None:
        receipt = await self._writer.store(events)
        if receipt.rejected:
            await self._quarantine.store([quarantined_event(events[index], why) for index, why in receipt.rejected])
        log.info("drained", stored=receipt.stored, duplicates=receipt.duplicates)
