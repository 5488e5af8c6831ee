"""A machine whose clock is wrong at first: its readings wait, and get the time that was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from agent_world import Machine
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.agent import clock as clock_module
from iot_hub.agent.clock import EARLIEST_TIME, Clock, http_date
from iot_hub.agent.log import Problems
from iot_hub.agent.queue import Boot, Queue
from iot_hub.agent.reading import Reading
from iot_hub.agent.receipts import Response
from iot_hub.agent.recorder import Recorder
from iot_hub.agent.running import Agent
from iot_hub.agent.settle import start_of
from iot_hub.timestamps import SECOND

BOOTED = 1_764_500_000 * SECOND
"""When the machine really started."""
LAST_ON = BOOTED - 86_400 * SECOND
"""What its clock says then: when it was last on."""


class Time:
    """The true time since the start, and a clock that is wrong until somebody sets it."""

    def __init__(self, wrong: int = LAST_ON, boot: str = "this") -> None:
        self.since_boot = 0
        self.started = wrong
        self.boot = boot

    def set(self) -> None:
        self.started = BOOTED

    def clock(self, **more: Any) -> Clock:
        clock = Clock(wall=lambda: self.started + self.since_boot, since_boot=lambda: self.since_boot, **more)
        clock.boot = self.boot
        return clock

    def reading(self, second: int) -> Reading:
        self.since_boot = second * SECOND
        return Reading(self.started + self.since_boot, {"test": {"second": second}})


@pytest.fixture
def timesyncd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a timesyncd that runs, and has not reached a server."""
    folder = tmp_path / "timesync"
    folder.mkdir()
    monkeypatch.setattr(clock_module, "TIMESYNCD", folder)
    return folder


@pytest.fixture
def queue(tmp_path: Path) -> Any:
    queue = Queue(tmp_path / "queue.db", 1_000_000)
    yield queue
    queue.close()


def queued(queue: Queue) -> list[tuple[float, int, str | None]]:
    """Each reading's time since the true start, the second in which it was read, and how its time is known."""
    lines = [json.loads(entry.line) for entry in queue.peek(1000, 10**9)]
    return [
        ((line["device_timestamp"] - BOOTED) / SECOND, line["properties"]["test"]["second"], line["properties"].get("time_source"))
        for line in lines
    ]  # fmt: skip


def test_a_clock_that_is_set_meanwhile_puts_right_what_was_read_before(timesyncd: Path, queue: Queue) -> None:
    time = Time()
    recorder = Recorder(queue, time.clock(), Problems())
    for second in (1, 2, 700):
        recorder.store([time.reading(second)])
    assert (queued(queue), queue.stats().undated) == ([], 3)
    time.set()
    recorder.store([time.reading(701)])
    assert queued(queue) == [(1, 1, None), (2, 2, None), (700, 700, None), (701, 701, None)]
    assert queue.stats().undated == 0


def test_a_clock_that_timesyncd_confirms_without_a_jump_is_right(timesyncd: Path, queue: Queue) -> None:
    time = Time(wrong=BOOTED)
    recorder = Recorder(queue, time.clock(), Problems())
    recorder.store([time.reading(1)])
    assert queued(queue) == []
    (timesyncd / "synchronized").touch()
    recorder.store([time.reading(2)])
    assert queued(queue) == [(1, 1, None), (2, 2, None)]


def test_a_reading_that_was_taken_before_the_jump_and_is_stored_after_it_has_the_right_time(
    timesyncd: Path, queue: Queue
) -> None:
    time = Time()
    recorder = Recorder(queue, time.clock(), Problems())
    taken = time.reading(5)._replace(since_boot=5 * SECOND)
    time.set()
    recorder.store([taken])
    assert queued(queue) == [(5, 5, None)]


def test_a_receivers_fix_says_the_time_though_the_clock_stays_wrong(timesyncd: Path, queue: Queue) -> None:
    time = Time()
    clock = time.clock()
    recorder = Recorder(queue, clock, Problems())
    recorder.store([time.reading(1)])
    time.since_boot = 10 * SECOND
    clock.learn(BOOTED + 10 * SECOND)
    recorder.store([time.reading(12)])
    assert queued(queue) == [(1, 1, None), (12, 12, None)]


def test_a_time_that_agrees_with_the_clock_confirms_it_to_the_last_digit(timesyncd: Path) -> None:
    time = Time(wrong=BOOTED)
    clock = time.clock()
    clock.learn(BOOTED + 3 * SECOND)
    assert (clock.is_trusted, clock.offset()) == (True, BOOTED)


def test_a_receiver_that_is_years_behind_says_nothing(timesyncd: Path) -> None:
    clock = Time().clock()
    clock.learn(EARLIEST_TIME - SECOND)
    assert clock.offset() is None


@pytest.mark.parametrize(("trusted", "started", "known"), [
    (True, BOOTED, True), (False, BOOTED, False), (True, 0, False),
])  # fmt: skip
def test_without_timesyncd_the_clock_counts_unless_it_is_before_2024_or_the_owner_says_so(
    trusted: bool, started: int, known: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_module, "TIMESYNCD", tmp_path / "none")
    time = Time(wrong=started)
    clock = time.clock(trusted=trusted)
    assert (clock.offset() is not None) == known
    time.started += 3 * SECOND + BOOTED
    assert clock.offset() == time.started


def test_readings_of_a_start_whose_time_was_never_known_stay_between_their_neighbours(
    timesyncd: Path, queue: Queue
) -> None:
    (timesyncd / "synchronized").touch()
    home = Time(wrong=BOOTED - 7200 * SECOND, boot="home")
    Recorder(queue, home.clock(), Problems()).store([home.reading(10)])
    (timesyncd / "synchronized").unlink()
    # Its clock is that of an hour before: in the middle of what was read already.
    work = Time(wrong=BOOTED - 7300 * SECOND, boot="work")
    recorder = Recorder(queue, work.clock(), Problems())
    recorder.store([work.reading(20)])
    recorder.store([work.reading(50)])
    back = Time()
    recorder = Recorder(queue, back.clock(), Problems())
    recorder.store([back.reading(1)])
    back.set()
    recorder.store([back.reading(2)])
    assert queued(queue) == [
        (-7190, 10, None), (-7189, 20, "batch"), (-7159, 50, "batch"), (1, 1, None), (2, 2, None),
    ]  # fmt: skip


def test_a_wrong_clock_that_fits_between_its_neighbours_is_kept() -> None:
    boot = Boot("work", 20 * SECOND, 50 * SECOND, BOOTED - 600 * SECOND)
    assert start_of(boot, BOOTED - 900 * SECOND, BOOTED) == BOOTED - 600 * SECOND


def test_without_anything_before_a_clock_of_1970_comes_right_before_the_next_start() -> None:
    boot = Boot("first", 20 * SECOND, 50 * SECOND, 0)
    assert start_of(boot, None, BOOTED) == BOOTED - 51 * SECOND


@given(
    first=st.integers(0, 10**10), length=st.integers(0, 10**10), started=st.integers(0, 2 * BOOTED),
    newest=st.none() | st.integers(EARLIEST_TIME, BOOTED),
)  # fmt: skip
def test_wherever_a_lost_start_is_put_it_comes_after_what_was_read_before(
    first: int, length: int, started: int, newest: int | None
) -> None:
    boot = Boot("lost", first, first + length, started)
    found = start_of(boot, newest, BOOTED)
    if newest is None:
        assert found + boot.last < BOOTED
    else:
        assert found + boot.first > newest
        if newest + SECOND + length + SECOND <= BOOTED:
            assert found + boot.last < BOOTED


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("Sun, 30 Nov 2025 10:53:20 GMT", 1_764_500_000.5), ("yesterday", None), ("", None), (None, None)],
)
def test_the_hubs_date_is_read(text: str | None, seconds: float | None) -> None:
    found = http_date(text)
    assert (None if found is None else found / SECOND) == seconds


class Hub:
    """A connection to whatever answers at the hub's address."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def post(self, _: bytes) -> Response:
        return Response(200, self.body, None, "Sun, 30 Nov 2025 10:53:20 GMT")


@pytest.mark.parametrize(
    ("body", "waiting"),
    [(b'{"stored":0,"duplicates":0,"rejected":[]}', 0), (b"<html>Welcome to the hotel</html>", 1)],
)
def test_the_hub_says_the_time_before_anything_is_sent_and_a_login_page_does_not(
    body: bytes, waiting: int, timesyncd: Path, tmp_path: Path
) -> None:
    machine = Machine(tmp_path)
    queue = machine.queue()
    agent = Agent(machine.configuration, queue)
    time = Time()
    agent.clock = agent._recorder.clock = time.clock()
    agent._recorder.store([time.reading(7)])
    agent._uploader._connection = Hub(body)  # type: ignore[assignment]
    agent.date_readings()
    assert queue.stats().undated == waiting
    if not waiting:
        # The hub answered in the seventh second after the start, in the middle of that second.
        assert queued(queue) == [(0.5, 7, None)]
    queue.close()


def test_status_says_how_many_readings_wait_for_the_clock(queue: Queue, timesyncd: Path, tmp_path: Path) -> None:
    time = Time()
    Recorder(queue, time.clock(), Problems()).store([time.reading(1)])
    machine = Machine(tmp_path)
    assert machine.status()["undated"] == 1


def test_a_full_queue_drops_the_oldest_of_what_waits_for_the_clock(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "small.db", 64 * 4096)
    time = Time()
    recorder = Recorder(queue, time.clock(trusted=False), Problems())
    for second in range(400):
        large = time.reading(second)
        recorder.store([large._replace(properties={"test": {"second": second, "text": "x" * 1000}})])
    assert 0 < queue.stats().undated < 400
    assert queue.notes()["dropped"]
    time.set()
    recorder.settle()
    assert queued(queue)[-1][:2] == (399, 399)
    queue.close()


def test_the_hub_is_asked_for_the_time_again_and_again_though_each_reading_is_sent_at_once(
    timesyncd: Path, tmp_path: Path
) -> None:
    machine = Machine(tmp_path, tables={"upload": {"every": 0}})
    queue = machine.queue()
    agent = Agent(machine.configuration, queue)
    time = Time()
    agent.clock = agent._recorder.clock = time.clock()
    agent._recorder.store([time.reading(7)])
    agent._uploader._connection = hub = Hub(b"<html>Welcome to the hotel</html>")  # type: ignore[assignment]
    assert 0 < agent.turn() <= 60
    hub.body = b'{"stored":0,"duplicates":0,"rejected":[]}'
    agent._ask_time_at = 0
    agent.turn()
    assert queue.stats().undated == 0
    queue.close()
