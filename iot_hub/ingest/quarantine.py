"""Quarantine: where a rejected payload is kept, byte for byte, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import psycopg
import structlog
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from iot_hub.database.queries import query
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.pooled_statement import POOL_TIMEOUT_S, execute
from iot_hub.ingest.text_array import ByteaArray

log = structlog.get_logger()

MOST_ENTRIES = 100_000
"""Payloads of a few bytes would fill a disk by their rows alone."""

TRIMMED_AT_ONCE = 5_000
"""Rows of one DELETE: it takes milliseconds, and nobody waits long for its locks."""


class QuarantinedPayload(msgspec.Struct, frozen=True, gc=False):
    """A rejected payload on its way into quarantine; a whole body has its number of rejected items and its context.

    The spool holds these too: a field may be added, never renamed.
    """

    device_id: int | None
    source: str
    reason: str
    payload: bytes
    items: int = 1
    circumstances: str | None = None


def quarantined_event(event: StoredEvent, reason: str) -> QuarantinedPayload:
    """Write an event that was parsed and rejected later as a reading in the hub's own format."""
    reading = b'{"device_timestamp":%d,"properties":%b}' % (event.device_time, event.properties)
    return QuarantinedPayload(event.device_id, "hub", reason, reading)


class Quarantine:
    """Stores what was rejected, in the database behind a pool."""

    def __init__(self, pool: AsyncConnectionPool[Any], most_bytes: int) -> None:
        """Store over a pool of the owner's connections, whose statements time out, up to a bound."""
        self._pool = pool
        self._most_bytes = most_bytes
        self._stored_bytes = 0

    async def store(self, payloads: Sequence[QuarantinedPayload]) -> None:
        """Store payloads; they are safe when it returns. Raises DatabaseAwayError."""
        size = sum(len(payload.payload) for payload in payloads)
        await execute(self._pool, "keep_in_quarantine", quarantine_params(payloads), size)
        self._stored_bytes += size
        # The worker trims once a minute, in which a flood brings more than the disk may hold.
        if self._stored_bytes > self._most_bytes // 4:
            self._stored_bytes = 0
            await self._trim()

    async def _trim(self) -> None:
        params = trim_params(self._most_bytes)
        try:
            async with (
                self._pool.connection(timeout=POOL_TIMEOUT_S) as connection,
                connection.cursor(row_factory=dict_row) as cursor,
            ):
                log_trimmed(await (await cursor.execute(query("trim_quarantine"), params)).fetchall())
        except (psycopg.Error, PoolTimeout) as error:
            # What was stored is safe; the worker trims too.
            log.warning("quarantine_not_trimmed", error=type(error).__name__)


def quarantine_params(payloads: Sequence[QuarantinedPayload]) -> dict[str, list[Any]]:
    """Return the parameters of ``keep_in_quarantine``."""
    return {
        "device_ids": [payload.device_id for payload in payloads],
        "sources": [payload.source for payload in payloads],
        "reasons": [payload.reason for payload in payloads],
        "payloads": ByteaArray([payload.payload for payload in payloads]),
        "items": [payload.items for payload in payloads],
        "circumstances": [payload.circumstances for payload in payloads],
    }


def trim_params(most_bytes: int) -> dict[str, int]:
    """Return the parameters of ``trim_quarantine``."""
    return {"most_bytes": most_bytes, "most_entries": MOST_ENTRIES, "at_once": TRIMMED_AT_ONCE}


def log_trimmed(deleted: Sequence[Mapping[str, Any]]) -> int:
    """Log which payloads were deleted, a line for each device, source and reason; return how many they were."""
    for row in deleted:
        span = {name: row[name].isoformat() for name in ("oldest", "newest")}
        log.warning("quarantine_overflow", **{**row, **span})
    return sum(row["payloads"] for row in deleted)
