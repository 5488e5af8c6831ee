"""Storing what an import reads: batch after batch in a thread of its own, while the next one is read."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import LiteralString

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.errors import is_passing
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError
from iot_hub.ingest.quarantine import QuarantinedPayload, quarantine_values
from iot_hub.ingest.writer import POISON, StoredEvent, parameters
from iot_hub.transfer.imports.accounting import Account

Connection = psycopg.Connection[DictRow]

BATCH_RECORDS = 4_000
BATCH_BYTES = 8_000_000
AHEAD = 2
"""So many batches may wait for the database: more would only take memory."""
SWITCH_SECONDS = 0.0005
"""So long may reading hold Python's lock while a batch could go out; by default ten times as long, which left the
database idle for a fifth of its time."""
MOST_KEPT = 1_000
"""So many payloads of each reason go to quarantine: a file of a million would push everything else out of it."""


@dataclass
class Batch:
    """Records that are stored in one commit; ``records`` counts those of the file, ignored ones too."""

    events: list[StoredEvent] = field(default_factory=list)
    refused: list[QuarantinedPayload] = field(default_factory=list)
    bytes: int = 0
    records: int = 0


class Store:
    """Where batches go: the database, or a dry run's table that ends with it."""

    def __init__(self, connection: Connection, account: Account, *, is_dry_run: bool = False) -> None:
        """Take a connection, which is used by no other thread meanwhile, and the account to keep."""
        self._connection = connection
        self._account = account
        self._is_dry_run = is_dry_run
        self._statement: LiteralString = query("try_imported_events" if is_dry_run else "store_imported_events")
        self._thread = ThreadPoolExecutor(1)
        self._under_way: deque[Future[None]] = deque()
        self._kept: Counter[str] = Counter()
        self._usual_switch = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        if is_dry_run:
            connection.execute(query("create_tried_events"))

    def put(self, batch: Batch) -> None:
        """Hand over a batch; wait while too many are under way. Raises DatabaseAwayError."""
        self._under_way.append(self._thread.submit(self._store, batch))
        self._wait(AHEAD)

    def finish(self) -> None:
        """Wait until all is stored. Raises DatabaseAwayError."""
        self._wait(0)

    def close(self) -> None:
        """End the thread; what waits for it is given up."""
        self._thread.shutdown(cancel_futures=True)
        sys.setswitchinterval(self._usual_switch)

    def _wait(self, ahead: int) -> None:
        while len(self._under_way) > ahead:
            self._under_way.popleft().result()

    def _store(self, batch: Batch) -> None:
        try:
            self._store_events(batch.events)
            self._quarantine(batch.refused)
        except psycopg.Error as error:
            if not is_passing(error):
                raise
            raise DatabaseAwayError(
                "The database went away. What was stored is safe: the same command again goes on from there."
            ) from error

    def _store_events(self, events: Sequence[StoredEvent]) -> None:
        """Store events; one that the database refuses is found by halving and fails no other."""
        if not events:
            return
        try:
            row = self._connection.execute(self._statement, parameters(events)).fetchone()
        except POISON:
            if len(events) == 1:
                self._refuse(events[0])
                return
            middle = len(events) // 2
            self._store_events(events[:middle])
            self._store_events(events[middle:])
            return
        stored = int(row["stored"]) if row else 0
        self._account.stored += stored
        self._account.duplicates += len(events) - stored

    def _refuse(self, event: StoredEvent) -> None:
        self._account.rejected["not_storable"] += 1
        self._quarantine([QuarantinedPayload(event.device_id, event.source, "not_storable", event.properties)])

    def _quarantine(self, refused: Sequence[QuarantinedPayload]) -> None:
        if self._is_dry_run:
            return
        kept = []
        for payload in refused:
            self._kept[payload.reason] += 1
            if self._kept[payload.reason] <= MOST_KEPT:
                kept.append(payload)
        if kept:
            self._connection.execute(query("keep_in_quarantine"), quarantine_values(kept))
