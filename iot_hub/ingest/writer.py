"""The writer: stores what requests bring, many requests to a commit.

Requests that come while a commit is under way wait together and share the next one: one
statement, one flush to disk, then all are answered. A lone request is committed at once.

A submission's future is resolved only after the commit that holds it: that is the hub's promise.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import psycopg
import structlog

from iot_hub.database.connections import LARGE_STATEMENT
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError, OverloadedError
from iot_hub.ingest.batch import Receipt, StoredEvent, Submission, fail, log_fields, receipts_of, resolve
from iot_hub.ingest.circuit_breaker import CircuitBreaker
from iot_hub.ingest.metrics import commit_events, commit_seconds, commits_failed_total
from iot_hub.ingest.storage import Cursor, store_each
from iot_hub.logs import request_id

log = structlog.get_logger()

COMMIT_TIMEOUT_S = 5.0
"""Longest commit and longest probe: many times a slow disk's flush, and less than any client waits for an answer."""
CONNECTIONS = 2
"""While one commit is flushed to the disk the next is parsed; more would only wait for the same disk."""
LARGEST_BATCH = 2_000
"""Events of a commit: from here on a larger one gains nothing, and those in it only wait longer."""
MOST_WAITING = 20_000
"""Events that may wait: a second or two of commits. Beyond that clients wait in vain, and are refused at once."""


class Writer:
    """Stores events in group commits over a few connections."""

    def __init__(
        self,
        conninfo: str,
        *,
        connections: int = CONNECTIONS,
        largest_batch: int = LARGEST_BATCH,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        """Connect nowhere yet; beyond ``most_waiting`` events clients are refused."""
        self._conninfo = conninfo
        self._connections = connections
        self._largest_batch = largest_batch
        self._most_waiting = most_waiting
        self._waiting: deque[Submission] = deque()
        self._waiting_events = 0
        self._wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.breaker = CircuitBreaker()
        """Open while the database is unavailable; then nothing waits for it."""
        self.commits = 0
        """How many were begun."""
        self._name = secrets.token_hex(4)

    async def start(self) -> None:
        """Start to commit what is submitted."""
        self._tasks = [asyncio.create_task(_Committer(self).run()) for _ in range(self._connections)]

    async def stop(self) -> None:
        """Commit what waits, then stop."""
        while self._waiting:
            await asyncio.wait([self._waiting[-1].done])
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def store(self, events: Sequence[StoredEvent]) -> asyncio.Future[Receipt]:
        """Submit events; the future's result comes after their commit.

        Raises OverloadedError when too many wait, and DatabaseAwayError while the breaker is open; the
        future raises DatabaseAwayError when the commit did not happen, or may not have happened.
        """
        if self.breaker.is_open:
            raise DatabaseAwayError
        if self.overloaded:
            raise OverloadedError
        done: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append(Submission(events, done, request_id.get()))
        self._waiting_events += len(events)
        if not self._wanted.is_set():
            self._wanted.set()
        return done

    def trip(self) -> None:
        """Trip the breaker, and let nobody wait for the database."""
        self.breaker.trip()
        batch, self._waiting, self._waiting_events = list(self._waiting), deque(), 0
        fail(batch, DatabaseAwayError())

    async def probe(self) -> bool:
        """Probe the database if the breaker is half-open; return whether it is closed."""
        if self.breaker.is_half_open:
            try:
                async with asyncio.timeout(COMMIT_TIMEOUT_S):
                    async with await self.connect() as connection:
                        await connection.execute(query("probe"))
                        await connection.execute(query("load_libraries"))
            except (psycopg.Error, TimeoutError, OSError):
                self.breaker.defer()
            else:
                self.breaker.reset()
                log.info("database_back")
        return not self.breaker.is_open

    @property
    def overloaded(self) -> bool:
        """Whether so much waits that more is refused."""
        return self._waiting_events >= self._most_waiting

    @property
    def waiting(self) -> int:
        """How many events wait for a commit."""
        return self._waiting_events

    async def next_batch(self) -> list[Submission]:
        """Wait for submissions; remove and return as many as fit into one commit."""
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
        """Return a name for a batch in the log: unlike any other, also of other processes."""
        self.commits += 1
        return f"{self._name}-{self.commits}"

    async def connect(self) -> psycopg.AsyncConnection[Any]:
        """Open a connection for a committer."""
        return await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True, prepare_threshold=0)


class _Committer:
    """One connection that commits batch after batch."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._connected_after = 0
        """The breaker's trips when the connection was opened."""

    async def run(self) -> None:
        try:
            while True:
                await self._commit_batch(await self._writer.next_batch())
        finally:
            await self._disconnect()

    async def _commit_batch(self, batch: list[Submission]) -> None:
        fields = log_fields(self._writer.next_batch_id(), batch)
        commit = asyncio.create_task(self._commit([submission.events for submission in batch]))
        try:
            await asyncio.wait([commit], timeout=COMMIT_TIMEOUT_S)
        except asyncio.CancelledError:
            fail(batch, DatabaseAwayError())
            raise
        if commit.done() and commit.exception() is None:
            resolve(batch, commit.result())
            log.debug("committed", **fields)
            return
        await self._handle_failure(commit, batch, fields)

    async def _handle_failure(
        self, commit: asyncio.Task[list[Receipt]], batch: list[Submission], fields: dict[str, object]
    ) -> None:
        error = commit.exception() if commit.done() else TimeoutError()
        commits_failed_total.inc()
        log.error("commit_failed", error=type(error).__name__, sqlstate=getattr(error, "sqlstate", None), **fields)
        connection, self._connection = self._connection, None
        self._writer.trip()
        fail(batch, DatabaseAwayError())
        if commit.done():
            if connection is not None:
                await connection.close()
        else:
            # A server that hangs can't even be asked to stop. The commit is left to itself, with its
            # connection; if it succeeds after all, the events are recognised when they come again.
            commit.add_done_callback(lambda done: _abandon(done, connection))

    async def _commit(self, groups: list[Sequence[StoredEvent]]) -> list[Receipt]:
        events = [event for group in groups for event in group]
        started = asyncio.get_running_loop().time()
        outcomes = await store_each(self._execute, events)
        if sum([len(event.properties) for event in events]) > LARGE_STATEMENT:
            await self._disconnect()
        commit_events.observe(len(events))
        commit_seconds.observe(asyncio.get_running_loop().time() - started)
        return receipts_of(groups, outcomes)

    async def _execute(self, statement: LiteralString, params: Mapping[str, object]) -> Cursor:
        return await (await self._connected()).execute(statement, params, binary=True)

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._connected_after != self._writer.breaker.trips:
            await self._disconnect()
        if self._connection is None or self._connection.closed:
            self._connected_after = self._writer.breaker.trips
            self._connection = await self._writer.connect()
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def _abandon(commit: asyncio.Task[list[Receipt]], connection: psycopg.AsyncConnection[Any] | None) -> None:
    if not commit.cancelled():
        commit.exception()
    if connection is not None:
        connection.pgconn.finish()
