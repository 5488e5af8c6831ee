"""The writer: the one place that stores events, many requests to a commit.

Requests that come while a commit is under way wait together and share the next one: one
statement, one flush to disk, then all are answered. A lone request is committed at once.

A submission's future is resolved only after the commit that holds it: that is the hub's promise.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
import structlog

from iot_hub.database.connections import LARGE_STATEMENT
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError, OverloadedError
from iot_hub.ingest.batch import Submission, fail, told
from iot_hub.ingest.metrics import commit_events, commit_seconds, commits_failed_total
from iot_hub.ingest.text_array import TextArray
from iot_hub.logs import request_id
from iot_hub.timestamps import Microseconds

log = structlog.get_logger()

PATIENCE = 5.0
"""Seconds that a commit may take before its requests are told that the database is away."""

POISON = (psycopg.DataError, psycopg.errors.ProgramLimitExceeded)
"""What an event's own content causes. Any other error is the hub's, and the client tries again."""


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """An event on its way into the raw table: its device is known."""

    device_id: int
    device_time: Microseconds
    properties: bytes
    source: str


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """What became of a submission's events; ``rejected`` holds (place in the submission, reason)."""

    stored: int
    duplicates: int
    rejected: tuple[tuple[int, str], ...] = ()


class Writer:
    """Stores events in group commits over a few connections."""

    def __init__(
        self, where: str, *, connections: int = 2, largest_batch: int = 2_000, most_waiting: int = 20_000
    ) -> None:
        """Take connection parameters; ``most_waiting`` events may wait before clients are turned away."""
        self._where = where
        self._connections = connections
        self._largest_batch = largest_batch
        self._most_waiting = most_waiting
        self._waiting: deque[Submission] = deque()
        self._waiting_events = 0
        self._wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.away = False
        """Whether the last commit found the database away; then nothing waits for it."""
        self.outages = 0
        """Counted, so that a connection from before an outage is not trusted after it."""
        self.commits = 0
        """How many were begun."""
        self._name = secrets.token_hex(4)

    async def start(self) -> None:
        """Begin to commit what is submitted."""
        self._tasks = [asyncio.create_task(_Committer(self).run()) for _ in range(self._connections)]

    async def stop(self) -> None:
        """Commit what waits, then end."""
        while self._waiting:
            await asyncio.wait([self._waiting[-1].done])
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def store(self, events: Sequence[StoredEvent]) -> asyncio.Future[Receipt]:
        """Submit events; the future's result comes after their commit.

        Raises OverloadedError when too many wait, and DatabaseAwayError while the database is; the
        future raises DatabaseAwayError when the commit did not happen, or may not have happened.
        """
        if self.away:
            raise DatabaseAwayError
        if self.overloaded:
            raise OverloadedError
        done: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append(Submission(events, done, request_id.get()))
        self._waiting_events += len(events)
        if not self._wanted.is_set():
            self._wanted.set()
        return done

    def go_away(self) -> None:
        """Note that the database is away, and let nobody wait for it."""
        self.away = True
        self.outages += 1
        batch, self._waiting, self._waiting_events = list(self._waiting), deque(), 0
        fail(batch, DatabaseAwayError())

    async def probe(self) -> bool:
        """Ask whether the database answers, if it was away; True when it does."""
        if self.away:
            try:
                async with asyncio.timeout(PATIENCE):
                    async with await self.connect() as connection:
                        await connection.execute(query("probe"))
                        await connection.execute(query("load_libraries"))
            except (psycopg.Error, TimeoutError, OSError):
                return False
            self.away = False
            log.info("database_back")
        return True

    @property
    def overloaded(self) -> bool:
        """Whether so much waits that more is turned away."""
        return self._waiting_events >= self._most_waiting

    @property
    def waiting(self) -> int:
        """How many events wait for a commit."""
        return self._waiting_events

    async def take(self) -> list[Submission]:
        """Wait for submissions and take as many as fit into one commit."""
        while not self._waiting:
            self._wanted.clear()
            await self._wanted.wait()
        batch: list[Submission] = []
        size = 0
        while self._waiting and (not batch or size + len(self._waiting[0].events) <= self._largest_batch):
            submission = self._waiting.popleft()
            size += len(submission.events)
            batch.append(submission)
        self._waiting_events -= size
        return batch

    def next_batch_id(self) -> str:
        """Name a batch for the log: unlike any other, also of other processes."""
        self.commits += 1
        return f"{self._name}-{self.commits}"

    async def connect(self) -> psycopg.AsyncConnection[Any]:
        """Open a connection for a committer."""
        return await psycopg.AsyncConnection.connect(self._where, autocommit=True, prepare_threshold=0)


class _Committer:
    """One connection that commits batch after batch."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._made_after = 0

    async def run(self) -> None:
        try:
            while True:
                await self._settle(await self._writer.take())
        finally:
            await self._disconnect()

    async def _settle(self, batch: list[Submission]) -> None:
        about = told(self._writer.next_batch_id(), batch)
        commit = asyncio.create_task(self._commit([submission.events for submission in batch]))
        try:
            await asyncio.wait([commit], timeout=PATIENCE)
        except asyncio.CancelledError:
            fail(batch, DatabaseAwayError())
            raise
        if commit.done() and commit.exception() is None:
            for submission, receipt in zip(batch, commit.result(), strict=True):
                if not submission.done.done():
                    submission.done.set_result(receipt)
            log.debug("committed", **about)
            return
        await self._give_up(commit, batch, about)

    async def _give_up(
        self, commit: asyncio.Task[list[Receipt]], batch: list[Submission], about: dict[str, object]
    ) -> None:
        error = commit.exception() if commit.done() else TimeoutError()
        commits_failed_total.inc()
        log.error("commit_failed", error=type(error).__name__, sqlstate=getattr(error, "sqlstate", None), **about)
        connection, self._connection = self._connection, None
        self._writer.go_away()
        fail(batch, DatabaseAwayError())
        if commit.done():
            if connection is not None:
                await connection.close()
        else:
            # A server that hangs can't even be told to stop. The commit is left to itself, with its
            # connection; if it succeeds after all, the events are recognised when they come again.
            commit.add_done_callback(lambda done: _abandon(done, connection))

    async def _commit(self, groups: list[Sequence[StoredEvent]]) -> list[Receipt]:
        events = [event for group in groups for event in group]
        started = asyncio.get_running_loop().time()
        try:
            outcomes = await self._store(events)
        except POISON:
            outcomes = await self._store_apart(events)
        if sum([len(event.properties) for event in events]) > LARGE_STATEMENT:
            await self._disconnect()
        commit_events.observe(len(events))
        commit_seconds.observe(asyncio.get_running_loop().time() - started)
        return _receipts(groups, outcomes)

    async def _store(self, events: Sequence[StoredEvent]) -> list[str] | None:
        """Store events in one transaction; give each one's outcome, or None if all are stored."""
        values = parameters(events)
        connection = await self._connected()
        cursor = await connection.execute(query("store_events"), values, binary=True)
        if cursor.rowcount == len(events):
            return None
        if cursor.rowcount == 0:
            return ["duplicate"] * len(events)
        stored = Counter(await cursor.fetchall())
        asked = await connection.execute(query("digests_of"), values, binary=True)
        outcomes = []
        for key in await asked.fetchall():
            outcomes.append("stored" if stored[key] else "duplicate")
            stored[key] -= bool(stored[key])
        return outcomes

    async def _store_apart(self, events: Sequence[StoredEvent]) -> list[str]:
        """Store what the database can hold of a batch that it refused, so that one event fails no neighbour.

        One statement finds those whose JSON it can't hold. What else there may be is found by halving.
        """
        bad = await self._unstorable(events)
        good = [event for place, event in enumerate(events) if place not in bad]
        try:
            stored = iter(await self._store(good) or ["stored"] * len(good)) if good else iter(())
        except POISON:
            if len(events) == 1:
                return ["not_storable"]
            middle = len(events) // 2
            return await self._store_apart(events[:middle]) + await self._store_apart(events[middle:])
        return ["not_storable" if place in bad else next(stored) for place in range(len(events))]

    async def _unstorable(self, events: Sequence[StoredEvent]) -> set[int]:
        connection = await self._connected()
        texts = TextArray([event.properties for event in events])
        cursor = await connection.execute(query("unstorable"), {"properties": texts}, binary=True)
        return {place for (place,) in await cursor.fetchall()}

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._made_after != self._writer.outages:
            await self._disconnect()
        if self._connection is None or self._connection.closed:
            self._made_after = self._writer.outages
            self._connection = await self._writer.connect()
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def parameters(events: Sequence[StoredEvent]) -> dict[str, object]:
    """Give the parameters of ``store_events`` and ``digests_of``."""
    # Texts, not lists: adapting a thousand Python values costs more than parsing them there.
    # A source's name is the hub's own and needs no quoting.
    return {
        "device_ids": "{" + ",".join([str(event.device_id) for event in events]) + "}",
        "device_times": "{" + ",".join([str(event.device_time) for event in events]) + "}",
        "sources": "{" + ",".join([event.source for event in events]) + "}",
        "properties": TextArray([event.properties for event in events]),
    }


def _receipts(groups: list[Sequence[StoredEvent]], outcomes: list[str] | None) -> list[Receipt]:
    if outcomes is None:
        return [Receipt(len(group), 0) for group in groups]
    receipts = []
    start = 0
    for group in groups:
        own = outcomes[start : start + len(group)]
        start += len(group)
        rejected = tuple((place, why) for place, why in enumerate(own) if why not in ("stored", "duplicate"))
        receipts.append(Receipt(own.count("stored"), own.count("duplicate"), rejected))
    return receipts


def _abandon(commit: asyncio.Task[list[Receipt]], connection: psycopg.AsyncConnection[Any] | None) -> None:
    if not commit.cancelled():
        commit.exception()
    if connection is not None:
        connection.pgconn.finish()
