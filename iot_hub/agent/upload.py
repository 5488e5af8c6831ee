"""Sends what waits in the queue, batch by batch; each is forgotten only for the hub's receipt."""

from __future__ import annotations

import time
from typing import NamedTuple

from iot_hub.agent.answers import Failed, Settled, TooLarge, meaning
from iot_hub.agent.connection import Connection
from iot_hub.agent.errors import AwayError
from iot_hub.agent.queue import Entry, Queue

MOST_BYTES = 500_000
"""Of a batch, unpacked: less than any hub takes, and than a phone notices."""


class Sent(NamedTuple):
    """What came of a batch: how many readings the hub has now, and how many it refused."""

    delivered: int = 0
    refused: int = 0
    failure: Failed | None = None


class Uploader:
    """Takes readings from the queue to the hub."""

    def __init__(self, queue: Queue, connection: Connection, most: int) -> None:
        """Take the queue, the way to the hub, and how many readings to send at once."""
        self._queue = queue
        self._connection = connection
        self._most = self._now_at_most = most

    def send_batch(self) -> Sent:
        """Send the oldest readings, once, and note for ``status`` what came of it. Raises QueueError."""
        entries = self._queue.oldest(self._now_at_most, MOST_BYTES)
        if not entries:
            return Sent()
        sent = self._send(entries)
        now = time.time_ns() // 1000
        if sent.failure:
            self._queue.note(last_error=sent.failure.why, last_error_at=now)
        else:
            self._queue.note(last_error=None, last_error_at=None, last_upload_at=now)
        return sent

    def _send(self, entries: list[Entry]) -> Sent:
        try:
            answer = self._connection.post(b"\n".join(entry.line for entry in entries))
        except AwayError as error:
            return Sent(failure=Failed(str(error)))
        match meaning(answer, len(entries)):
            case Settled(refused):
                self._queue.settle(entries, refused)
                self._now_at_most = min(self._now_at_most * 2, self._most)
                return Sent(len(entries) - len(refused), len(refused))
            case TooLarge(reason):
                return self._send_smaller(entries, reason)
            case Failed() as failure:
                return Sent(failure=failure)

    def _send_smaller(self, entries: list[Entry], reason: str) -> Sent:
        if len(entries) > 1:
            self._now_at_most = len(entries) // 2
            return self._send(entries[: self._now_at_most])
        # Alone it will never be taken; left where it is, it would hold up all behind it.
        self._queue.settle(entries, {0: reason})
        return Sent(refused=1)
