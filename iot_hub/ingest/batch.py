"""A batch: the requests that share a commit, and the receipt that each of them gets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

import msgspec

from iot_hub.timestamps import Microseconds

MOST_NAMED = 20
"""Requests of a batch that the log names: a line of it stays readable."""

Outcome = Literal["stored", "duplicate", "not_storable"]


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """An event on its way into the raw table: its device is known."""

    device_id: int
    device_time: Microseconds
    properties: bytes
    source: str


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """What became of a submission's events; ``rejected`` holds (index in the submission, reason)."""

    stored: int
    duplicates: int
    rejected: tuple[tuple[int, str], ...] = ()


class Submission(msgspec.Struct):
    """The events of one request, who waits for them, and the request's id (empty: they come from the spool)."""

    events: Sequence[StoredEvent]
    done: asyncio.Future[Receipt]
    request_id: str = ""


def receipts_of(groups: Sequence[Sequence[StoredEvent]], outcomes: Sequence[Outcome]) -> list[Receipt]:
    """Return each group's receipt, given the outcomes of all their events in order."""
    # The usual case, and the only one that has to be quick.
    if outcomes.count("stored") == len(outcomes):
        return [Receipt(len(group), 0) for group in groups]
    receipts = []
    start = 0
    for group in groups:
        own = outcomes[start : start + len(group)]
        start += len(group)
        rejected = tuple((index, outcome) for index, outcome in enumerate(own) if outcome == "not_storable")
        receipts.append(Receipt(own.count("stored"), own.count("duplicate"), rejected))
    return receipts


def resolve(batch: Sequence[Submission], receipts: Sequence[Receipt]) -> None:
    """Hand each submission its receipt."""
    for submission, receipt in zip(batch, receipts, strict=True):
        # Nobody waits any more where the client has gone.
        if not submission.done.done():
            submission.done.set_result(receipt)


def fail(batch: Sequence[Submission], error: Exception) -> None:
    """Raise an error to all who wait for a batch."""
    for submission in batch:
        if not submission.done.done():
            submission.done.set_exception(error)


def log_fields(batch_id: str, batch: Sequence[Submission]) -> dict[str, object]:
    """Return what the log says of a batch: its id, its size and its requests, of very many only the first."""
    return {
        "batch_id": batch_id,
        "requests": len(batch),
        "events": sum([len(submission.events) for submission in batch]),
        "request_ids": [submission.request_id for submission in batch[:MOST_NAMED]],
    }
