"""The keeper: what a receiver accepted is safe when ``keep`` returns, wherever that is.

                    ┌───────────► database (writer, quarantine)
    receiver ──► keep                    ▲
                    └─► spool ──► drain ─┘   while the database is away, and until the spool is empty

One failure is enough to call the database away: a spooled event is as safe as a stored one, and
the keeper knows within a second when the database answers again. An event whose commit may have
happened is spooled too; the database recognises it when it is drained.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from iot_hub.errors import DatabaseAwayError
from iot_hub.ingest.quarantine import Quarantine, QuarantinedPayload
from iot_hub.ingest.spool import QueueStats, Record, Spool
from iot_hub.ingest.writer import Receipt, StoredEvent, Writer

log = structlog.get_logger()

PROBE_SECONDS = 1.0
DRAINED_AT_ONCE = 2_000

_encode = msgspec.msgpack.Encoder().encode
_events = msgspec.msgpack.Decoder(list[StoredEvent])
_payloads = msgspec.msgpack.Decoder(list[QuarantinedPayload])


class Keeper:
    """Keeps events and rejected payloads, in the database or in the spool."""

    def __init__(self, writer: Writer, quarantine: Quarantine, spool: Spool) -> None:
        """Take the two places."""
        self._writer = writer
        self._quarantine = quarantine
        self._spool = spool
        self._spooled = asyncio.Event()
        self._drainer: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the spool and begin to drain what an earlier process left."""
        await self._spool.open()
        self._spooled.set()
        self._drainer = asyncio.create_task(self._drain_for_ever())

    async def stop(self) -> None:
        """End draining; what is in the spool stays there."""
        if self._drainer:
            self._drainer.cancel()
            await asyncio.gather(self._drainer, return_exceptions=True)
        await self._spool.close()

    @property
    def stats(self) -> QueueStats:
        """How much waits in the spool."""
        return self._spool.stats

    @property
    def overloaded(self) -> bool:
        """Whether more is turned away."""
        return self._writer.overloaded

    @property
    def can_spool(self) -> bool:
        """Whether the spool had room at the last try."""
        return self._spool.has_room

    async def keep(self, events: Sequence[StoredEvent]) -> Receipt | None:
        """Keep events; None says that they are in the spool.

        Raises OverloadedError, or SpoolFullError when they can be kept nowhere.
        """
        try:
            return await self._writer.store(events)
        except DatabaseAwayError:
            await self._spool.append(Record("events", len(events), _encode(events)))
            self._spooled.set()
            return None

    async def keep_rejected(self, payloads: Sequence[QuarantinedPayload]) -> None:
        """Keep payloads that can't be stored, with the reason. Raises SpoolFullError."""
        try:
            if self._writer.away:
                raise DatabaseAwayError
            await self._quarantine.keep(payloads)
        except DatabaseAwayError:
            await self._spool.append(Record("rejected", len(payloads), _encode(payloads)))
            self._spooled.set()

    async def _drain_for_ever(self) -> None:
        while True:
            await self._spooled.wait()
            try:
                if not await self._writer.probe():
                    await asyncio.sleep(PROBE_SECONDS)
                elif not await self._drain_once():
                    self._spooled.clear()
                    # What was spooled between the look and the clearing rings again.
                    if self._spool.stats.events:
                        self._spooled.set()
            except Exception as error:  # Whatever it is: the events are safe, and it is tried again.
                log.warning("drain_failed", error=type(error).__name__)
                await asyncio.sleep(PROBE_SECONDS)

    async def _drain_once(self) -> bool:
        """Move the oldest records into the database; False if there was none."""
        records = await self._spool.peek(DRAINED_AT_ONCE)
        if not records:
            return False
        if records[0].kind == "events":
            await self._drain_events([event for record in records for event in _events.decode(record.payload)])
        else:
            await self._quarantine.keep([item for record in records for item in _payloads.decode(record.payload)])
        await self._spool.remove(records)
        return True

    async def _drain_events(self, events: list[StoredEvent]) -> None:
        receipt = await self._writer.store(events)
        if receipt.rejected:
            await self._quarantine.keep([refused(events[place], why) for place, why in receipt.rejected])
        log.info("drained", stored=receipt.stored, duplicates=receipt.duplicates)


def refused(event: StoredEvent, reason: str) -> QuarantinedPayload:
    """Write an event that was understood and refused later as a reading in the hub's own format."""
    reading = b'{"device_timestamp":%d,"properties":%b}' % (event.device_time, event.properties)
    return QuarantinedPayload(event.device_id, "hub", reason, reading)
