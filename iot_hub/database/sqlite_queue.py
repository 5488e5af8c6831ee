"""A durable queue in one SQLite file (https://www.sqlite.org/wal.html): what the spool and the agent stand on.

Written ahead, and flushed before a transaction returns: what is queued survives a killed process and a power cut.
The file can't grow beyond its bound. Who uses it names its own table and statements, and decides what a full
queue means. Python's standard library alone: the agent runs where nothing is installed.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from iot_hub.database.queries import query
from iot_hub.files.private_files import create_empty, make_folder

PAGE_BYTES = 4096
OPEN_SECONDS = 5.0
"""As long as SQLite waits for a lock elsewhere: Python's default."""
_POLL_SECONDS = 0.01

Row = Sequence[object]


class SqliteQueue:
    """An open queue. Methods raise sqlite3.Error."""

    def __init__(self, path: Path, max_pages: int, schema: str, *, check_same_thread: bool = True) -> None:
        """Open the file, created where there is none, for its owner alone. Raises OSError and sqlite3.Error."""
        make_folder(path.parent)
        create_empty(path)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=check_same_thread)
        try:
            self._prepare(schema)
            # Beyond this many pages SQLite itself refuses to write.
            self._connection.execute(f"PRAGMA max_page_count = {max_pages}")
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, schema: str) -> None:
        # Only one process can change a new file's journal mode; SQLite refuses the others at once, without its wait.
        until = time.monotonic() + OPEN_SECONDS
        while True:
            try:
                self._connection.executescript(query("sqlite_queue_open"))
                self._connection.executescript(query(schema))
                return
            except sqlite3.OperationalError as error:
                # The low byte: the others say more about the kind of lock (https://www.sqlite.org/rescode.html).
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            time.sleep(_POLL_SECONDS)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def execute(self, statement: str, values: Row = ()) -> sqlite3.Cursor:
        """Run a named statement."""
        return self._connection.execute(query(statement), values)

    def execute_many(self, statement: str, rows: Iterable[Row]) -> None:
        """Run a named statement once for each row."""
        self._connection.executemany(query(statement), rows)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run what is inside as one transaction; it is on the disk when this returns."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # On a full disk SQLite has rolled back by itself.
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    def used_pages(self) -> int:
        """Return how many pages of the file are in use."""
        [used] = self.execute("sqlite_queue_used_pages").fetchone()
        return int(used)

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file, and give its room on the disk back."""
        self.execute("sqlite_queue_checkpoint").fetchall()
