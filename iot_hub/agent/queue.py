"""The queue: where readings are safe on this machine until the hub has them.

One SQLite file (https://www.sqlite.org/wal.html), written ahead and flushed before ``append`` returns, so
a reading survives a killed process and a flat battery. The file can't grow beyond its bound: the oldest
readings make room, and are counted. Another process may look into it at any time.
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
from iot_hub.database.queries import query

PAGE_BYTES = 4096
SPARE_PAGES = 8
DROPPED_TOGETHER = 100
MOST_REFUSED = 1000
"""So many refused readings are kept, the newest: the hub has them too, in its quarantine."""


class Entry(NamedTuple):
    """A reading that waits: its number, and the bytes that are sent however often."""

    number: int
    line: bytes


class Depth(NamedTuple):
    """How much waits; ``oldest`` is its device time (Unix microseconds)."""

    readings: int
    bytes: int
    oldest: int | None


class Queue:
    """A durable queue of readings."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        """Open the file, made where there is none. Raises QueueError."""
        self._path = path
        self._most_pages = max(most_bytes // PAGE_BYTES, 64)
        with self._failing_plainly():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._file = sqlite3.connect(path, isolation_level=None)
            self._file.executescript(query("agent_queue_open"))
            # Beyond so many pages SQLite itself refuses to write.
            self._file.execute(f"PRAGMA max_page_count = {self._most_pages}")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def append(self, readings: Sequence[Reading]) -> int:
        """Keep readings; they are on the disk when this returns. Tells how many older ones made room.

        Raises QueueError where the disk is full, and ValueError where a reading is no JSON.
        """
        rows = [(reading.time, line(reading)) for reading in readings]
        pages = sum(len(text) for _, text in rows) // PAGE_BYTES + SPARE_PAGES
        if pages > self._most_pages:
            raise QueueError(f"What a sensor tells is larger than the queue {self._path} may become.")
        dropped = 0
        with self._failing_plainly():
            while not self._insert(rows, pages):
                dropped += self._drop_oldest()
        return dropped

    def oldest(self, most: int, most_bytes: int) -> list[Entry]:
        """Give the oldest readings in order: so many, or as many bytes, but one at least."""
        entries: list[Entry] = []
        size = 0
        with self._failing_plainly():
            for number, text in self._file.execute(query("agent_queue_oldest"), (most,)):
                size += len(text) + 1
                if entries and size > most_bytes:
                    break
                entries.append(Entry(number, text))
        return entries

    def settle(self, entries: Sequence[Entry], refused: Mapping[int, str]) -> None:
        """Forget readings that the hub has; put aside those that it refused (index, reason), in the same commit."""
        now = time.time_ns() // 1000
        with self._failing_plainly(), self._transaction():
            self._file.executemany(
                query("agent_queue_refuse"), [(now, reason, entries[at].number) for at, reason in refused.items()]
            )
            self._file.execute(query("agent_queue_remove"), (entries[0].number, entries[-1].number))
            if refused:
                self._file.execute(query("agent_queue_trim_refused"), (MOST_REFUSED,))

    def note(self, **facts: str | int | None) -> None:
        """Write down facts for ``status``, in place of the earlier ones."""
        with self._failing_plainly(), self._transaction():
            self._file.executemany(query("agent_queue_note"), list(facts.items()))

    def notes(self) -> dict[str, str | int | None]:
        """Give the facts that were written down, and how many readings were ``dropped`` to make room."""
        with self._failing_plainly():
            return {"dropped": 0, **dict(self._file.execute(query("agent_queue_notes")).fetchall())}

    def holds(self, readings: int) -> bool:
        """Tell whether so many readings wait."""
        with self._failing_plainly():
            [count] = self._file.execute(query("agent_queue_count"), (readings,)).fetchone()
        return bool(count >= readings)

    def depth(self) -> Depth:
        """Measure what waits."""
        with self._failing_plainly():
            return Depth(*self._file.execute(query("agent_queue_depth")).fetchone())

    def refused(self) -> dict[str, int]:
        """Count the readings that the hub refused, by its reasons."""
        with self._failing_plainly():
            return dict(self._file.execute(query("agent_queue_refused")).fetchall())

    def _insert(self, rows: Sequence[tuple[int, bytes]], pages: int) -> bool:
        """Write readings; false where the queue has no room for them."""
        try:
            with self._transaction():
                self._file.executemany(query("agent_queue_append"), rows)
        except sqlite3.OperationalError as error:
            # A full disk says the same.
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL or self._used_pages() + pages <= self._most_pages:
                raise
            return False
        return True

    def _used_pages(self) -> int:
        [used] = self._file.execute(query("agent_queue_used_pages")).fetchone()
        return int(used)

    def _drop_oldest(self) -> int:
        with self._transaction():
            dropped = self._file.execute(query("agent_queue_drop"), (DROPPED_TOGETHER,)).rowcount
            self._file.execute(query("agent_queue_count_dropped"), (dropped,))
        if not dropped:
            raise QueueError(f"The queue {self._path} is full of what the hub refused.")
        return dropped

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._file.execute("COMMIT")
        except BaseException:
            # On a full disk SQLite has rolled back by itself.
            with contextlib.suppress(sqlite3.Error):
                self._file.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _failing_plainly(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise QueueError(f"The queue {self._path} can't be used: {error}.") from error
