"""Puts readings into the queue, each with its time if that is known. A failure is logged once, and goes on."""

from __future__ import annotations

from collections.abc import Sequence

from iot_hub.agent.clock import Clock
from iot_hub.agent.errors import QueueError
from iot_hub.agent.log import Problems
from iot_hub.agent.queue import Queue
from iot_hub.agent.reading import Reading
from iot_hub.agent.settle import settle

LOST = "a reading is lost. {}"
FULL = "it is full: the oldest readings make room for the newest"


class Recorder:
    """Stores readings. Each thread has its own, with its own connection to the queue's file."""

    def __init__(self, queue: Queue, clock: Clock, problems: Problems) -> None:
        """Store in a queue, by a clock."""
        self._queue = queue
        self.clock = clock
        self._problems = problems
        self._is_settled = False

    def store(self, readings: Sequence[Reading]) -> None:
        """Store readings. Raises ValueError where one is no JSON."""
        try:
            dropped = self._append(readings)
        except QueueError as error:
            self._problems.report("queue", LOST.format(error))
        else:
            self._problems.report("queue", FULL if dropped else None)

    def settle(self) -> None:
        """Date what waits for the clock, once that is known. Raises QueueError."""
        if not self._is_settled and self.clock.offset() is not None:
            settle(self._queue, self.clock)
            self._is_settled = True

    def _append(self, readings: Sequence[Reading]) -> int:
        offset = self.clock.offset()
        if offset is None:
            self._problems.report("clock", "it is not set yet: readings wait for their time")
            shift = self.clock.wall_offset()
            return self._queue.append_undated(self.clock.boot, [_with_since_boot(each, shift) for each in readings])
        self.settle()
        self._problems.report("clock", None)
        # By the machine's own clock where that is right, to the last digit.
        is_trusted, shift = self.clock.is_trusted, self.clock.wall_offset()
        stands = [is_trusted and each.since_boot is None for each in readings]
        return self._queue.append(
            [each if stand else _dated(each, offset, shift) for each, stand in zip(readings, stands, strict=True)]
        )


def _with_since_boot(reading: Reading, wall_offset: int) -> Reading:
    return reading if reading.since_boot is not None else reading._replace(since_boot=reading.time - wall_offset)


def _dated(reading: Reading, offset: int, wall_offset: int) -> Reading:
    since_boot = reading.time - wall_offset if reading.since_boot is None else reading.since_boot
    return reading._replace(time=offset + since_boot)
