"""The queue under the spool and the agent: files of earlier releases open as they are, for their owner alone."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from installed_hub import RELEASES

from iot_hub.agent.queue import Queue
from iot_hub.database.sqlite_queue import SqliteQueue
from iot_hub.ingest.spool import Record, Spool


def schema_of_first_release(name: str, statement: str) -> str:
    """The statements by which 1.0.0 opened a queue."""
    [wheel] = RELEASES.glob("iot_personal_hub-1.0.0-*.whl")
    with zipfile.ZipFile(wheel) as files:
        text = files.read(f"iot_hub/sql/queries/{name}.sql").decode()
    return text.split(f"-- name: {statement}\n")[1].split("-- name:")[0]


def test_a_spool_that_the_first_release_left_is_drained_in_order_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript(schema_of_first_release("spool", "spool_open"))
        rows = [("events", 2, 1_755_861_753.0, b"first"), ("rejected", 1, 1_755_861_754.0, b"second")]
        old.executemany("INSERT INTO spool (kind, items, received_at, payload) VALUES (?, ?, ?, ?)", rows)
    old.close()

    async def drain() -> list[tuple[str, int, bytes]]:
        spool = Spool(path, 10_000_000)
        await spool.open()
        await spool.append(Record("rejected", 1, b"third"))
        found = []
        while records := await spool.peek(100):
            found += [(record.kind, record.items, record.payload) for record in records]
            await spool.remove(records)
        await spool.close()
        return found

    assert asyncio.run(drain()) == [("events", 2, b"first"), ("rejected", 1, b"second"), ("rejected", 1, b"third")]


def test_a_queue_of_an_agent_before_is_opened_with_its_readings_rejects_and_notes(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    with sqlite3.connect(path) as old:
        # As 1.1 made it: 1.0 had no agent.
        old.executescript(
            "CREATE TABLE readings (number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, line BLOB NOT NULL)"
            " STRICT;"
            "CREATE TABLE refused (number INTEGER PRIMARY KEY, refused_at INTEGER NOT NULL, reason TEXT NOT NULL,"
            " line BLOB NOT NULL) STRICT;"
            "CREATE TABLE notes (name TEXT PRIMARY KEY, value ANY) STRICT;"
            "INSERT INTO readings VALUES (7, 1755861753000000, x'7b7d');"
            "INSERT INTO refused VALUES (3, 1755861753000000, 'too_deep', x'7b7d');"
            "INSERT INTO notes VALUES ('dropped', 5);"
        )
    old.close()
    queue = Queue(path, 10_000_000)
    assert [(entry.number, entry.line) for entry in queue.peek(10, 1000)] == [(7, b"{}")]
    assert (queue.rejected(), queue.notes()) == ({"too_deep": 1}, {"dropped": 5})
    queue.close()


def test_a_queues_file_and_its_log_are_its_owners_alone(tmp_path: Path) -> None:
    queue = SqliteQueue(tmp_path / "new" / "queue.db", 100, "spool_schema")
    queue.execute("spool_append", ("events", 1, 0.0, b"x"))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}
    assert modes["queue.db"] == modes["queue.db-wal"] == 0o600
    queue.close()


def test_a_transaction_that_fails_leaves_nothing_of_it(tmp_path: Path) -> None:
    queue = SqliteQueue(tmp_path / "queue.db", 100, "spool_schema")
    with pytest.raises(KeyError), queue.transaction():
        queue.execute("spool_append", ("events", 1, 0.0, b"x"))
        raise KeyError
    assert queue.execute("spool_peek").fetchall() == []
    with queue.transaction():
        queue.execute("spool_append", ("events", 1, 0.0, b"x"))
    assert len(queue.execute("spool_peek").fetchall()) == 1
    queue.close()


def test_a_file_that_is_no_queue_is_left_closed(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        SqliteQueue(path, 100, "spool_schema")
    assert path.read_bytes().startswith(b"no database")


def test_processes_that_open_a_new_file_at_once_all_open_it(tmp_path: Path) -> None:
    # Each waits for a line, so that all open in the same moment; SQLite refused 1 in 90 of them.
    opener = (
        "import sys, pathlib\n"
        "from iot_hub.database.sqlite_queue import SqliteQueue\n"
        "for line in sys.stdin:\n"
        "    queue = SqliteQueue(pathlib.Path(line.strip()), 100, 'spool_schema')\n"
        "    queue.close()\n"
        "    print('opened', flush=True)\n"
    )
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", opener], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, bufsize=1,
        )
        for _ in range(4)
    ]  # fmt: skip
    opened = []
    for n in range(100):
        for process in openers:
            print(tmp_path / f"{n}.db", file=process.stdin)
        opened += [process.stdout.readline() for process in openers if process.stdout]
    said = [process.communicate()[1] for process in openers]
    assert (set(opened), said) == ({"opened\n"}, [""] * 4)
