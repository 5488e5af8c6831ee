"""The agent at work: when it reads and sends, and how it goes on through trouble."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from agent_world import Machine, readings

from iot_hub.agent import running
from iot_hub.agent.errors import QueueError, SensorError
from iot_hub.agent.receipts import RetryLater
from iot_hub.agent.running import Agent
from iot_hub.agent.sensors import Sensor


class MadeUp:
    """A sensor of a test's."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.is_there = True
        self.sensor = Sensor("made-up", "", 1, lambda _: self.is_there, self.read)

    def read(self, _: object) -> list[Any]:
        if self.error:
            raise self.error
        return readings(1)


@pytest.fixture
def made_up(tmp_path: Path) -> Any:
    machine = Machine(tmp_path)
    queue = machine.queue()
    sensor = MadeUp()
    yield Agent(machine.configuration, queue), sensor, queue
    queue.close()


def test_what_goes_wrong_with_a_sensor_is_said_once_and_so_is_its_end(
    made_up: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    agent, made, queue = made_up
    for error in (
        SensorError("no fix"),
        SensorError("no fix"),
        SensorError("code 3"),
        ValueError("52.2297"),
        None,
        None,
    ):
        made.error = error
        agent.read(made.sensor)
    said = [re.sub(r"^\S+ \S+ ", "", line) for line in capsys.readouterr().err.splitlines()]
    assert said == [
        "made-up: no fix", "made-up: code 3", "made-up: returned something that JSON can't hold", "made-up: works again",
    ]  # fmt: skip
    assert queue.stats().readings == 2


def test_a_sensor_that_is_gone_is_passed_over_in_silence(made_up: Any, capsys: pytest.CaptureFixture[str]) -> None:
    agent, made, queue = made_up
    made.is_there = False
    agent.read(made.sensor)
    assert (queue.stats().readings, capsys.readouterr().err) == (0, "")


class FakeTime:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


def test_sending_waits_for_its_interval_or_for_enough_readings_and_failures_make_it_wait_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeTime()
    monkeypatch.setattr(running, "time", clock)
    machine = Machine(tmp_path, tables={"upload": {"every": 300, "readings": 5}})
    queue = machine.queue()
    agent = Agent(machine.configuration, queue)
    attempts: list[float] = []

    class Sender:
        works = True

        def send_batch(self) -> running.Sent:
            attempts.append(clock.seconds)
            entries = queue.peek(5, 10**6)
            if not self.works:
                return running.Sent(failure=RetryLater("away"))
            if entries:
                queue.finish(entries, {})
            return running.Sent(delivered=len(entries))

    agent._uploader = sender = Sender()  # type: ignore[assignment]
    assert agent.turn() == 300  # At the start, and then each interval.
    queue.append(readings(4))
    assert agent.turn() == 300
    queue.append(readings(1))
    assert agent.turn() == 300
    assert (attempts, queue.stats().readings) == ([1000, 1000], 0)
    queue.append(readings(7))
    sender.works = False
    pause = agent.turn()
    assert 0 < pause <= 5
    assert agent.turn() == pause and len(attempts) == 3
    clock.seconds += 6
    sender.works = True
    assert agent.turn() == 0  # Two still wait: they follow at once.
    assert agent.turn() == 300
    assert queue.stats().readings == 0
    queue.close()


def test_a_queue_that_fails_while_it_sends_is_said_once_and_tried_again_later(
    made_up: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, _, _ = made_up

    def failing() -> None:
        raise QueueError("The queue can't be used: disk I/O error.")

    monkeypatch.setattr(agent._uploader, "send_batch", failing)
    for _ in range(2):
        assert agent.turn() > 0
        agent._not_before = 0
    assert capsys.readouterr().err.count("disk I/O error") == 1
