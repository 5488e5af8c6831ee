"""A batch: the requests that share a commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from iot_hub.ingest.writer import Receipt, StoredEvent

MOST_NAMED = 20
"""So many requests of a batch are named in the log."""


class Submission(msgspec.Struct):
    """The events of one request, who waits for them, and the request's id (empty: they come from the spool)."""

    events: Sequence[StoredEvent]
    done: asyncio.Future[Receipt]
    request_id: str = ""


def told(batch_id: str, batch: Sequence[Submission]) -> dict[str, object]:
    """Say in a log which batch it is, how large, and whose; of very many requests only the first."""
    return {
        "batch_id": batch_id,
        "requests": len(batch),
        "events": sum([len(submission.events) for submission in batch]),
        "request_ids": [submission.request_id for submission in batch[:MOST_NAMED]],
    }


def fail(batch: Sequence[Submission], error: Exception) -> None:
    """Tell all who wait for a batch that it failed."""
    for submission in batch:
        if not submission.done.done():
            submission.done.set_exception(error)
