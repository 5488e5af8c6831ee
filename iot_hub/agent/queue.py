"""The queue: where readings are safe on this machine until the hub has them.

One SQLite file: a reading survives a killed process and a flat battery. The file can't grow beyond its bound:
the oldest readings make room, and are counted. Another process may read it at any time.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from iot_hub.agent.errors import QueueError
from iot_hub.agent.reading import Properties, Reading, encoded, line, line_of
from iot_hub.database.sqlite_queue import PAGE_BYTES, SqliteQueue
from iot_hub.timestamps import Microseconds

SPARE_PAGES = 8
DROPPED_TOGETHER = 100
DATED_TOGETHER = 500
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
    undated: int
    """Readings that wait for the clock, beside those."""


class Boot(NamedTuple):
    """The undated readings of one start of the machine; times are microseconds."""

    boot: str
    first: int
    last: int
    """Since it started."""
    started: Microseconds
    """When that was, by its own clock."""


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
        return self._append(sum(len(text) for _, text in rows), lambda: self._append_dated(rows))

    def append_undated(self, boot: str, readings: Sequence[Reading]) -> int:
        """Store readings of a clock that is not known, as ``append`` does; each has ``since_boot``."""
        rows = [(boot, each.since_boot, each.time, encoded(each.properties)) for each in readings]
        size = sum(len(row[-1]) for row in rows)
        return self._append(size, lambda: self._file.execute_many("agent_queue_append_undated", rows))

    def undated(self) -> list[Boot]:
        """Return the starts of the machine of which readings wait for a time, the oldest first."""
        with self._one_line_errors():
            return [Boot(*row) for row in self._file.execute("agent_queue_undated")]

    def date(self, boot: str, started: Microseconds, more: Properties) -> None:
        """Date the readings of a start of the machine, with properties that say how, in one commit."""
        self._append(0, lambda: self._date(boot, started, more))

    def newest(self) -> Microseconds | None:
        """Return the latest time of a reading that was ever queued."""
        found = self.notes().get("newest")
        return found if isinstance(found, int) else None

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

    def _append(self, size: int, write: Callable[[], None]) -> int:
        pages = size // PAGE_BYTES + SPARE_PAGES
        if pages > self._max_pages:
            raise QueueError(f"What a sensor returned is larger than the queue {self._path} may become.")
        dropped = 0
        with self._one_line_errors():
            while not self._insert(write, pages):
                dropped += self._drop_oldest()
        return dropped

    def _date(self, boot: str, started: Microseconds, more: Properties) -> None:
        while rows := self._file.execute("agent_queue_peek_undated", (boot, DATED_TOGETHER)).fetchall():
            # First, so that a full queue has the room.
            self._file.execute("agent_queue_remove_undated", (boot, rows[-1][0]))
            times = [started + since_boot for _, since_boot, _ in rows]
            lines = [line_of(time, _with(more, row[2])) for time, row in zip(times, rows, strict=True)]
            self._append_dated(list(zip(times, lines, strict=True)))

    def _append_dated(self, rows: Sequence[tuple[int, bytes]]) -> None:
        self._file.execute_many("agent_queue_append", rows)
        self._file.execute("agent_queue_note_newest", (max((time for time, _ in rows), default=0),))

    def _insert(self, write: Callable[[], None], pages: int) -> bool:
        """Write readings; return False where the queue has no room for them."""
        try:
            with self._file.transaction():
                write()
        except sqlite3.OperationalError as error:
            # A full disk reports the same.
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL or self._file.used_pages() + pages <= self._max_pages:
                raise
            return False
        return True

    def _drop_oldest(self) -> int:
        with self._file.transaction():
            dropped = self._file.execute("agent_queue_drop", (DROPPED_TOGETHER,)).rowcount
            if not dropped:
                dropped = self._file.execute("agent_queue_drop_undated", (DROPPED_TOGETHER,)).rowcount
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


def _with(more: Properties, properties: bytes) -> bytes:
    """Add members to a JSON object that has some."""
    return encoded(more)[:-1] + b"," + properties[1:] if more else properties
