"""The agent's queue: whatever happens to its process, no reading is lost, and each is sent as the same bytes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from agent_world import reading, readings
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from iot_hub.agent import queue as queue_module
from iot_hub.agent.errors import QueueError
from iot_hub.agent.queue import Entry, Queue
from iot_hub.agent.reading import line

LARGE = 10_000_000


class KilledAgent(RuleBasedStateMachine):
    """An agent that is killed between any two statements, before a hub that knows what it has already."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="iot-hub-tests-"))
        self.lives = 0
        self.queue = Queue(self.folder / "0" / "queue.db", LARGE)
        self.snapshots: list[dict[str, bytes]] = []
        self.made = 0
        self.accepted: set[bytes] = set()
        self.unsure: set[bytes] = set()
        self.at_hub: set[bytes] = set()
        self.refused: set[bytes] = set()
        self.sent_as: dict[int, bytes] = {}

    def teardown(self) -> None:
        """At the end the hub answers, and has every reading that was accepted."""
        while entries := self.queue.peek(7, LARGE):
            self.at_hub |= {entry.line for entry in entries}
            self.queue.finish(entries, {})
        assert self.accepted - self.refused <= self.at_hub <= self.accepted | self.unsure
        self.queue.close()
        shutil.rmtree(self.folder)

    @rule(count=st.integers(1, 4))
    def read(self, count: int) -> None:
        new = readings(count, self.made)
        self.made += count
        self._do(lambda: self.queue.append(new))
        self.unsure = {line(each) for each in new}
        self.accepted |= self.unsure

    @rule(most=st.integers(1, 5), is_answered=st.booleans(), refused=st.sets(st.integers(0, 4)))
    def send(self, most: int, is_answered: bool, refused: set[int]) -> None:
        entries = self.queue.peek(most, LARGE)
        if not entries:
            return
        self._send_as_before(entries)
        # What was before can't come back: the hub has seen what came after it.
        self.unsure, self.snapshots = set(), [self._files()]
        refused = {at for at in refused if at < len(entries)}
        self.at_hub |= {entry.line for at, entry in enumerate(entries) if at not in refused}
        if is_answered:
            self.refused |= {entries[at].line for at in refused}
            self._do(lambda: self.queue.finish(entries, dict.fromkeys(refused, "too_deep")))

    @rule(at=st.integers(0, 20))
    def kill(self, at: int) -> None:
        """Go on with the files as they were before one of the last operation's statements, or after it."""
        if not self.snapshots:
            return
        files = self.snapshots[min(at, len(self.snapshots) - 1)]
        if files is not self.snapshots[-1]:
            # It had not been told yet that they are kept: they may be there or not.
            self.accepted -= self.unsure
        self._reopen(files)

    @rule()
    def note(self) -> None:
        self._do(lambda: self.queue.note(last_error="away", last_upload_at=None))

    @invariant()
    def every_accepted_reading_is_somewhere(self) -> None:
        waiting = {entry.line for entry in self.queue.peek(10_000, LARGE)}
        assert self.accepted <= waiting | self.at_hub | self.refused
        assert sum(self.queue.rejected().values()) <= len(self.refused)

    def _do(self, operation: Callable[[], object]) -> None:
        self.unsure = set()
        self.snapshots = []
        self.queue._file._connection.set_trace_callback(lambda _: self.snapshots.append(self._files()))
        operation()
        self.queue._file._connection.set_trace_callback(None)
        self.snapshots.append(self._files())

    def _files(self) -> dict[str, bytes]:
        # Not the -shm: a process that starts makes it anew.
        home = self.folder / str(self.lives)
        return {name: (home / name).read_bytes() for name in ("queue.db", "queue.db-wal") if (home / name).exists()}

    def _reopen(self, files: dict[str, bytes]) -> None:
        self.queue.close()
        self.lives += 1
        home = self.folder / str(self.lives)
        home.mkdir()
        for name, content in files.items():
            (home / name).write_bytes(content)
        self.queue = Queue(home / "queue.db", LARGE)
        self.snapshots = []

    def _send_as_before(self, entries: list[Entry]) -> None:
        for number, text in entries:
            if text in self.accepted:
                assert self.sent_as.setdefault(number, text) == text
                assert line(reading(json.loads(text)["properties"]["test"]["number"])) == text


TestKilledAgent = KilledAgent.TestCase
TestKilledAgent.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@pytest.mark.slow
def test_a_full_queue_drops_its_oldest_readings_and_counts_them(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "queue.db", 400_000)
    dropped = sum(queue.append([reading(number, text="x" * 1000)]) for number in range(1000))
    kept = [json.loads(entry.line)["properties"]["test"]["number"] for entry in queue.peek(10_000, LARGE)]
    assert kept == list(range(dropped, 1000))
    assert len(kept) >= 200
    assert queue.notes()["dropped"] == dropped > 0
    assert (tmp_path / "queue.db").stat().st_size <= 400_000
    queue.close()


def test_a_reading_larger_than_the_queue_is_refused_and_spoils_nothing(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "queue.db", 300_000)
    queue.append([reading(1)])
    with pytest.raises(QueueError, match="larger than the queue"):
        queue.append([reading(0, text="x" * 400_000)])
    assert queue.stats().readings == 1
    queue.close()


def test_a_batch_ends_where_it_would_be_too_large_but_holds_one_reading_at_least(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "queue.db", LARGE)
    queue.append([reading(number, text="x" * 1000) for number in range(5)])
    assert [len(queue.peek(5, size)) for size in (1, 2500, 10_000)] == [1, 2, 5]
    assert len(queue.peek(3, 10_000)) == 3
    queue.close()


def test_only_the_newest_refused_readings_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "MAX_REJECTED", 3)
    queue = Queue(tmp_path / "queue.db", LARGE)
    queue.append(readings(6))
    queue.finish(queue.peek(4, LARGE), {0: "too_deep", 1: "too_deep"})
    queue.finish(queue.peek(4, LARGE), {0: "nul_character", 1: "nul_character"})
    assert queue.rejected() == {"nul_character": 2, "too_deep": 1}
    assert queue.stats() == (0, 0, None, 0)
    queue.close()


def test_two_processes_that_send_the_same_batch_forget_it_once(tmp_path: Path) -> None:
    one, other = (Queue(tmp_path / "queue.db", LARGE) for _ in range(2))
    one.append(readings(3))
    batch = one.peek(2, LARGE)
    one.finish(batch, {1: "too_deep"})
    other.finish(batch, {1: "too_deep"})
    assert (other.stats().readings, other.rejected()) == (1, {"too_deep": 1})
    one.close()
    other.close()


def test_a_file_that_is_no_queue_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "queue.db").write_text("a letter, and no queue at all" * 100)
    with pytest.raises(QueueError, match="file is not a database"):
        Queue(tmp_path / "queue.db", LARGE)


def test_a_queue_that_is_open_twice_in_a_process_stays_whole_though_another_process_looks_into_it(
    tmp_path: Path,
) -> None:
    """A process that opens and closes a file itself loses SQLite's locks on it: another one then takes the log away."""
    file = tmp_path / "queue.db"
    one, other = (Queue(file, LARGE) for _ in range(2))
    one.append(readings(3))
    look = (
        "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM readings').fetchone())"
    )
    assert subprocess.check_output([sys.executable, "-c", look, file], text=True) == "(3,)\n"
    assert file.with_name("queue.db-wal").exists()
    other.append(readings(2, 3))
    assert one.stats().readings == 5
    one.close()
    other.close()
