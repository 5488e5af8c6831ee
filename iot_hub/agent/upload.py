"""Sends what waits in the queue, batch by batch; each is deleted only for the hub's receipt."""

from __future__ import annotations

import time
from typing import NamedTuple

from iot_hub.agent.clock import http_date
from iot_hub.agent.connection import Connection
from iot_hub.agent.errors import AwayError
from iot_hub.agent.queue import Entry, Queue
from iot_hub.agent.receipts import Accepted, RetryLater, TooLarge, is_hubs, outcome_of
from iot_hub.timestamps import Microseconds

MAX_BATCH_BYTES = 500_000
"""Uncompressed: less than any hub's limit, and little enough for a phone."""


class Sent(NamedTuple):
    """The result of a batch: how many readings the hub has now, and how many it rejected."""

    delivered: int = 0
    rejected: int = 0
    failure: RetryLater | None = None


class Uploader:
    """Sends readings from the queue to the hub."""

    def __init__(self, queue: Queue, connection: Connection, max_readings: int) -> None:
        """Send at most ``max_readings`` at once."""
        self._queue = queue
        self._connection = connection
        self._max = self._max_now = max_readings

    def send_batch(self) -> Sent:
        """Send the oldest readings, once, and store the result for ``status``. Raises QueueError."""
        entries = self._queue.peek(self._max_now, MAX_BATCH_BYTES)
        if not entries:
            return Sent()
        sent = self._send(entries)
        now = time.time_ns() // 1000
        if sent.failure:
            self._queue.note(last_error=sent.failure.reason, last_error_at=now)
        else:
            self._queue.note(last_error=None, last_error_at=None, last_upload_at=now)
        return sent

    def time_of_hub(self) -> Microseconds | None:
        """Ask the hub what time it is, by a batch without a reading; None where it does not say."""
        try:
            response = self._connection.post(b"")
        except AwayError:
            return None
        return http_date(response.date) if is_hubs(response) else None

    def _send(self, entries: list[Entry]) -> Sent:
        try:
            response = self._connection.post(b"\n".join(entry.line for entry in entries))
        except AwayError as error:
            return Sent(failure=RetryLater(str(error)))
        match outcome_of(response, len(entries)):
            case Accepted(rejected):
                self._queue.finish(entries, rejected)
                self._max_now = min(self._max_now * 2, self._max)
                return Sent(len(entries) - len(rejected), len(rejected))
            case TooLarge(reason):
                return self._send_smaller(entries, reason)
            case RetryLater() as failure:
                return Sent(failure=failure)

    def _send_smaller(self, entries: list[Entry], reason: str) -> Sent:
        if len(entries) > 1:
            self._max_now = len(entries) // 2
            return self._send(entries[: self._max_now])
        # Alone it will never be accepted; left where it is, it would hold up all behind it.
        self._queue.finish(entries, {0: reason})
        return Sent(rejected=1)
