"""Storing what an import reads: batch after batch in a thread of its own, while the next one is read."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.errors import is_passing
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError
from iot_hub.ingest.batch import Receipt, StoredEvent
from iot_hub.ingest.quarantine import QuarantinedPayload, quarantine_params, quarantined_event
from iot_hub.ingest.storage import blocking, run_blocking, store_counted
from iot_hub.transfer.imports.accounting import Account

Connection = psycopg.Connection[DictRow]

BATCH_RECORDS = 4_000
BATCH_BYTES = 8_000_000
AHEAD = 2
"""Batches that may wait for the database: more would only take memory."""
SWITCH_SECONDS = 0.0005
"""Longest that reading holds Python's lock while a batch could go out; by default ten times as long, which left the
database idle for a fifth of its time."""
MOST_QUARANTINED = 1_000
"""Payloads of each reason that go to quarantine: a file of a million would push everything else out of it."""


@dataclass
class Batch:
    """Records that are stored in one commit; ``records`` counts those of the file, ignored ones too."""

    events: list[StoredEvent] = field(default_factory=list)
    rejected: list[QuarantinedPayload] = field(default_factory=list)
    bytes: int = 0
    records: int = 0


def store_imported(connection: Connection, events: Sequence[StoredEvent]) -> Receipt:
    """Store events of the owner's own past, which asks nothing of any zone, in one transaction."""
    if not events:
        return Receipt(0, 0)
    with connection.transaction():
        device_ids = sorted({event.device_id for event in events})
        connection.execute(query("expect_imported"), {"device_ids": device_ids})
        return run_blocking(store_counted(blocking(connection), events))


class BatchStore:
    """Where batches go: the database, or a dry run's table that ends with it."""

    def __init__(self, connection: Connection, account: Account, *, is_dry_run: bool = False) -> None:
        """Store over a connection that no other thread uses meanwhile, and keep the account."""
        self._connection = connection
        self._account = account
        self._is_dry_run = is_dry_run
        self._thread = ThreadPoolExecutor(1)
        self._in_flight: deque[Future[None]] = deque()
        self._quarantined: Counter[str] = Counter()
        self._usual_switch = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        if is_dry_run:
            connection.execute(query("create_tried_events"))

    def put(self, batch: Batch) -> None:
        """Hand over a batch; wait while too many are in flight. Raises DatabaseAwayError."""
        self._in_flight.append(self._thread.submit(self._store, batch))
        self._wait(AHEAD)

    def finish(self) -> None:
        """Wait until all is stored. Raises DatabaseAwayError."""
        self._wait(0)

    def close(self) -> None:
        """Stop the thread; what waits for it is given up."""
        self._thread.shutdown(cancel_futures=True)
        sys.setswitchinterval(self._usual_switch)

    def _wait(self, ahead: int) -> None:
        while len(self._in_flight) > ahead:
            self._in_flight.popleft().result()

    def _store(self, batch: Batch) -> None:
        try:
            self._quarantine([*batch.rejected, *self._store_events(batch.events)])
        except psycopg.Error as error:
            if not is_passing(error):
                raise
            raise DatabaseAwayError(
                "The database went away. What was stored is safe: the same command again goes on from there."
            ) from error

    def _store_events(self, events: Sequence[StoredEvent]) -> list[QuarantinedPayload]:
        """Store events; return those that the database rejected."""
        if self._is_dry_run:
            tried = store_counted(blocking(self._connection), events, query("try_imported_events"))
            receipt = run_blocking(tried)
        else:
            receipt = store_imported(self._connection, events)
        self._account.stored += receipt.stored
        self._account.duplicates += receipt.duplicates
        self._account.rejected.update(reason for _, reason in receipt.rejected)
        return [quarantined_event(events[index], reason) for index, reason in receipt.rejected]

    def _quarantine(self, payloads: Sequence[QuarantinedPayload]) -> None:
        if self._is_dry_run:
            return
        chosen = []
        for payload in payloads:
            self._quarantined[payload.reason] += 1
            if self._quarantined[payload.reason] <= MOST_QUARANTINED:
                chosen.append(payload)
        if chosen:
            self._connection.execute(query("keep_in_quarantine"), quarantine_params(chosen))
