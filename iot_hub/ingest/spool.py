"""The spool: where accepted events are safe on this disk while the database is away.

A queue in one SQLite file (https://www.sqlite.org/wal.html): written ahead and flushed before
``append`` returns, so an entry survives a killed process and a power cut. Requests that come while
a flush is under way share the next one. The file can't grow beyond its bound.
"""

from __future__ import annotations

import asyncio
import contextlib
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

from iot_hub.database.queries import query
from iot_hub.errors import SpoolFullError

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")
Kind = Literal["events", "rejected"]
PAGE_BYTES = 4096
RESERVE_BYTES = 1_000_000


@dataclass(frozen=True)
class Entry:
    """What one request left in the spool: how many items of a kind, encoded."""

    kind: Kind
    items: int
    payload: bytes
    number: int = 0


@dataclass(frozen=True)
class Depth:
    """How much waits in the spool."""

    events: int = 0
    bytes: int = 0
    oldest_seconds: float = 0.0


class Spool:
    """A durable queue of entries. All work on the file is done by one thread."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        """Take the file and its bound; nothing is touched before ``open``."""
        self._path = path
        self._reserve = path.with_name("reserve")
        self._most_pages = max(most_bytes // PAGE_BYTES, 16)
        self._thread = ThreadPoolExecutor(1, "spool")
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._events = 0
        self._bytes = 0
        self._oldest: float | None = None
        self.has_room = True
        """Whether the last entry found room."""

    async def open(self) -> None:
        """Open the file, made where there is none; what an earlier process left is there."""
        await self._in_thread(self._open)

    async def close(self) -> None:
        """Flush what waits and close the file."""
        if self._flushing:
            await self._flushing
        await self._in_thread(self._close)
        self._thread.shutdown()

    async def append(self, entry: Entry) -> None:
        """Keep an entry; it is on the disk when this returns.

        Raises SpoolFullError where there is no more room, or the disk fails.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, done))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        await done

    async def oldest(self, most_items: int) -> list[Entry]:
        """Give the oldest entries, in order, of about so many items."""
        return await self._in_thread(self._oldest_entries, most_items)

    async def remove(self, entries: Sequence[Entry]) -> None:
        """Forget entries that are safe elsewhere now."""
        await self._in_thread(self._remove, entries[0].number, entries[-1].number)

    @property
    def depth(self) -> Depth:
        """How much waits."""
        age = time.time() - self._oldest if self._oldest is not None else 0.0
        return Depth(self._events, self._bytes, round(max(age, 0.0), 1))

    async def _in_thread(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(work, *arguments, **named))

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._in_thread(self._write, [entry for entry, _ in batch])
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
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._file.executescript(query("spool_open"))
        # Beyond so many pages SQLite itself refuses to write.
        self._file.execute(f"PRAGMA max_page_count = {self._most_pages}")
        self._set_aside()
        self._measure()

    def _close(self) -> None:
        self._file.close()

    def _set_aside(self) -> None:
        """Keep some room of the disk for forgetting entries, which needs a little."""
        try:
            with self._reserve.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        except OSError:
            self._reserve.unlink(missing_ok=True)

    def _write(self, entries: Sequence[Entry]) -> None:
        try:
            self._insert(entries)
        except sqlite3.OperationalError:
            # What fills the disk may be the log itself.
            self._file.execute(query("spool_checkpoint")).fetchall()
            self._insert(entries)

    def _insert(self, entries: Sequence[Entry]) -> None:
        now = time.time()
        self._file.execute("BEGIN IMMEDIATE")
        try:
            self._file.executemany(
                query("spool_append"), [(entry.kind, entry.items, now, entry.payload) for entry in entries]
            )
            self._file.execute("COMMIT")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                self._file.execute("ROLLBACK")
            raise
        self._events += sum(entry.items for entry in entries)
        self._bytes += sum(len(entry.payload) for entry in entries)
        self._oldest = self._oldest or now

    def _oldest_entries(self, most_items: int) -> list[Entry]:
        entries: list[Entry] = []
        items = 0
        for number, kind, count, payload in self._file.execute(query("spool_oldest")):
            # One kind at a time: events and rejected payloads go different ways.
            if entries and (kind != entries[0].kind or items + count > most_items):
                break
            entries.append(Entry(kind, count, payload, number))
            items += count
        return entries

    def _remove(self, first: int, last: int) -> None:
        try:
            self._file.execute(query("spool_remove"), (first, last))
        except sqlite3.OperationalError:
            # On a full disk nothing could ever be forgotten.
            self._reserve.unlink(missing_ok=True)
            self._file.execute(query("spool_remove"), (first, last))
            self._file.execute(query("spool_checkpoint")).fetchall()
            self._set_aside()
        self.has_room = True
        self._measure()

    def _measure(self) -> None:
        self._events, self._bytes, self._oldest = self._file.execute(query("spool_depth")).fetchone()
