"""The queue: where readings are safe on this machine until the hub has them.

One SQLite file: a reading survives a killed process and a flat battery. The file can't grow beyond its bound:
the oldest readings make room, and are counted. Another process may read it at any time.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from iot_hub.agent.errors import QueueError
from iot_hub.agent.reading import Reading, line
from iot_hub.database.sqlite_queue import PAGE_BYTES, SqliteQueue

SPARE_PAGES = 8
DROPPED_TOGETHER = 100
MAX_REJECTED = 1000
"""Keep at most this many rejected readings, the newest: the hub has them too, in its quarantine."""


class Entry(NamedTuple):
    """A reading that waits: its number, and the bytes that are sent however often."""

    number: int
    line: bytes


class QueueStats(NamedTuple):
    """How much waits; ``oldest`` is its device time (Unix microseconds)."""

    readings: int
    bytes: int
    oldest: int | None


class Queue:
    """A durable queue of readings. Methods raise QueueError."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        """Open the file, created where there is none."""
        self._path = path
        self._max_pages = max(max_bytes // PAGE_BYTES, 64)
        with self._one_line_errors():
            self._file = SqliteQueue(path, self._max_pages, "agent_queue_schema", check_same_thread=False)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def append(self, readings: Sequence[Reading]) -> int:
        """Store readings; they are on the disk when this returns. Return how many older ones made room.

        Raises QueueError where the disk is full, and ValueError where a reading is no JSON.
        """
        rows = [(reading.time, line(reading)) for reading in readings]
        pages = sum(len(text) for _, text in rows) // PAGE_BYTES + SPARE_PAGES
        if pages > self._max_pages:
            raise QueueError(f"What a sensor returned is larger than the queue {self._path} may become.")
        dropped = 0
        with self._one_line_errors():
            while not self._insert(rows, pages):
                dropped += self._drop_oldest()
        return dropped

    def peek(self, max_entries: int, max_bytes: int) -> list[Entry]:
        """Return the oldest readings in order: at most this many, and this many bytes, but at least one."""
        entries: list[Entry] = []
        size = 0
        with self._one_line_errors():
            for number, text in self._file.execute("agent_queue_peek", (max_entries,)):
                size += len(text) + 1
                if entries and size > max_bytes:
                    break
                entries.append(Entry(number, text))
        return entries

    def finish(self, entries: Sequence[Entry], rejected: Mapping[int, str]) -> None:
        """Delete readings that the hub has; keep those that it rejected (index, reason) apart, in the same commit."""
        now = time.time_ns() // 1000
        with self._one_line_errors(), self._file.transaction():
            self._file.execute_many(
                "agent_queue_reject", [(now, reason, entries[at].number) for at, reason in rejected.items()]
            )
            self._file.execute("agent_queue_remove", (entries[0].number, entries[-1].number))
            if rejected:
                self._file.execute("agent_queue_trim_rejected", (MAX_REJECTED,))

    def note(self, **facts: str | int | None) -> None:
        """Store facts for ``status``, in place of the earlier ones."""
        with self._one_line_errors(), self._file.transaction():
            self._file.execute_many("agent_queue_note", list(facts.items()))

    def notes(self) -> dict[str, str | int | None]:
        """Return the stored facts, and how many readings were ``dropped`` to make room."""
        with self._one_line_errors():
            return {"dropped": 0, **dict(self._file.execute("agent_queue_notes").fetchall())}

    def holds(self, readings: int) -> bool:
        """Return whether at least this many readings wait."""
        with self._one_line_errors():
            [count] = self._file.execute("agent_queue_count", (readings,)).fetchone()
        return bool(count >= readings)

    def stats(self) -> QueueStats:
        """Measure what waits."""
        with self._one_line_errors():
            return QueueStats(*self._file.execute("agent_queue_stats").fetchone())

    def rejected(self) -> dict[str, int]:
        """Count the readings that the hub rejected, by its reasons."""
        with self._one_line_errors():
            return dict(self._file.execute("agent_queue_rejected").fetchall())

    def _insert(self, rows: Sequence[tuple[int, bytes]], pages: int) -> bool:
        """Write readings; return False where the queue has no room for them."""
        try:
            with self._file.transaction():
                self._file.execute_many("agent_queue_append", rows)
        except sqlite3.OperationalError as error:
            # A full disk reports the same.
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL or self._file.used_pages() + pages <= self._max_pages:
                raise
            return False
        return True

    def _drop_oldest(self) -> int:
        with self._file.transaction():
            dropped = self._file.execute("agent_queue_drop", (DROPPED_TOGETHER,)).rowcount
            self._file.execute("agent_queue_count_dropped", (dropped,))
        if not dropped:
            raise QueueError(f"The queue {self._path} is full of readings that the hub rejected.")
        return dropped

    @contextlib.contextmanager
    def _one_line_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise QueueError(f"The queue {self._path} can't be used: {error}.") from error
