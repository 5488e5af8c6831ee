"""The spool: where accepted events are safe on this disk while the database is away.

A queue in one SQLite file (https://www.sqlite.org/wal.html): written ahead and flushed before
``append`` returns, so a record survives a killed process and a power cut. Requests that come while
a flush is under way share the next one. The file can't grow beyond its bound.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, ParamSpec, TypeVar

import structlog

from iot_hub.database.sqlite_queue import PAGE_BYTES, SqliteQueue
from iot_hub.errors import SpoolFullError

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")
Kind = Literal["events", "rejected", "held"]
RESERVE_BYTES = 1_000_000


@dataclass(frozen=True)
class Record:
    """What one request left in the spool: items of one kind, encoded."""

    kind: Kind
    items: int
    payload: bytes
    number: int = 0


@dataclass(frozen=True)
class QueueStats:
    """How much is waiting in the spool."""

    events: int = 0
    bytes: int = 0
    oldest_seconds: float = 0.0


class Spool:
    """A durable queue of records. All work on the file is done by one thread."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        """Remember the file and its bound; nothing is touched before ``open``."""
        self._path = path
        self._reserve = path.with_name("reserve")
        self._most_pages = max(most_bytes // PAGE_BYTES, 16)
        self._thread = ThreadPoolExecutor(1, "spool")
        self._waiting: list[tuple[Record, asyncio.Future[None]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._events = 0
        self._bytes = 0
        self._oldest: float | None = None
        self.has_room = True
        """Whether the last record found room."""

    async def open(self) -> None:
        """Open the file, created if missing, with what an earlier process left."""
        await self._in_thread(self._open)

    async def close(self) -> None:
        """Flush what waits and close the file."""
        if self._flushing:
            await self._flushing
        await self._in_thread(self._close)
        self._thread.shutdown()

    async def append(self, record: Record) -> None:
        """Append a record; it is on the disk when this returns.

        Raises SpoolFullError where there is no more room, or the disk fails.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((record, done))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        await done

    async def peek(self, most_items: int) -> list[Record]:
        """Return the oldest records, in order, of about this many items."""
        return await self._in_thread(self._peek, most_items)

    async def remove(self, records: Sequence[Record]) -> None:
        """Delete records that are safe elsewhere now."""
        await self._in_thread(self._remove, records[0].number, records[-1].number)

    @property
    def stats(self) -> QueueStats:
        """How much is waiting."""
        age = time.time() - self._oldest if self._oldest is not None else 0.0
        return QueueStats(self._events, self._bytes, round(max(age, 0.0), 1))

    async def _in_thread(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *arguments, **named))

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._in_thread(self._write, [record for record, _ in batch])
            except sqlite3.Error as error:
                self.has_room = False
                log.error("spool_failed", error=str(error))
                for _, done in batch:
                    if not done.done():
                        done.set_exception(SpoolFullError())
            else:
                self.has_room = True
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)
        self._flushing = None

    def _open(self) -> None:
        self._file = SqliteQueue(self._path, self._most_pages, "spool_schema", check_same_thread=False)
        self._reserve_disk()
        self._measure()

    def _close(self) -> None:
        self._file.close()

    def _reserve_disk(self) -> None:
        """Reserve some disk space for deleting records, which needs a little."""
        try:
            with self._reserve.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        except OSError:
            self._reserve.unlink(missing_ok=True)

    def _write(self, records: Sequence[Record]) -> None:
        try:
            self._insert(records)
        except sqlite3.OperationalError:
            # What fills the disk may be the log itself.
            self._file.checkpoint()
            self._insert(records)

    def _insert(self, records: Sequence[Record]) -> None:
        now = time.time()
        with self._file.transaction():
            self._file.execute_many(
                "spool_append", [(record.kind, record.items, now, record.payload) for record in records]
            )
        self._events += sum(record.items for record in records)
        self._bytes += sum(len(record.payload) for record in records)
        self._oldest = self._oldest or now

    def _peek(self, most_items: int) -> list[Record]:
        records: list[Record] = []
        items = 0
        for number, kind, count, payload in self._file.execute("spool_peek"):
            # One kind at a time: events and rejected payloads go different ways.
            if records and (kind != records[0].kind or items + count > most_items):
                break
            records.append(Record(kind, count, payload, number))
            items += count
        return records

    def _remove(self, first: int, last: int) -> None:
        try:
            self._file.execute("spool_remove", (first, last))
        except sqlite3.OperationalError:
            # On a full disk nothing could ever be deleted.
            self._reserve.unlink(missing_ok=True)
            self._file.execute("spool_remove", (first, last))
            self._file.checkpoint()
            self._reserve_disk()
        self.has_room = True
        self._measure()

    def _measure(self) -> None:
        self._events, self._bytes, self._oldest = self._file.execute("spool_stats").fetchone()
