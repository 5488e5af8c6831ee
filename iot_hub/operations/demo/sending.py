"""Sends what simulated devices measure: the past in large batches, the present in real time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from iot_hub.operations.demo.delivery import Delivery, Receipt
from iot_hub.operations.demo.device import Reading, SimulatedDevice

BATCH = 1000
LONGEST_SLEEP = 60.0

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Pace:
    """When a reading is due: at its own time, or by a speed at which the past is replayed."""

    since: float
    began: float
    speed: float | None = None

    def due(self, sent_at: float) -> float:
        """Return the unix second at which a reading of simulated time is due."""
        if self.speed is None:
            return sent_at
        return max(sent_at, self.began + (sent_at - self.since) / self.speed)

    async def wait_for(self, reading: Reading) -> None:
        """Wait until the reading is due, however the machine sleeps or its clock is set meanwhile."""
        while (seconds := self.due(reading.sent_at) - time.time()) > 0:
            await asyncio.sleep(min(seconds, LONGEST_SLEEP))

    def due_batch(self, first: Reading, readings: Iterator[Reading]) -> tuple[list[Reading], Reading | None]:
        """Return a batch of due readings, and the reading that follows it."""
        now = time.time()
        batch = [first]
        for reading in readings:
            if len(batch) == BATCH or self.due(reading.sent_at) > now:
                return batch, reading
            batch.append(reading)
        return batch, None


class Simulator:
    """Sends the readings of devices, each with its token, to one hub, from one instant to another (unix seconds)."""

    def __init__(
        self,
        url: str,
        devices: Iterable[tuple[SimulatedDevice, str]],
        since: float,
        until: float,
        speed: float | None = None,
        on_progress: Progress | None = None,
    ) -> None:
        """Accept the arguments of ``run``; progress is reported for what is past by now."""
        began = time.time()
        self._url = url
        self._devices = list(devices)
        self._since, self._until = since, until
        self._history_end = min(until, began)
        self._pace = Pace(since, began, speed)
        self._on_progress = on_progress
        self._done = 0.0

    async def run(self) -> Receipt:
        """Send everything; return when all is delivered. Raises UserError if the hub rejects it."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._send(device, token)) for device, token in self._devices]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        return sum((task.result() for task in tasks), Receipt())

    async def _send(self, device: SimulatedDevice, token: str) -> Receipt:
        """Send one device's readings when they are due; overdue ones go in batches."""
        delivery, receipt = Delivery(self._url, device.name, token), Receipt()
        readings = device.readings(self._since, self._until)
        reading, reached = next(readings, None), self._since
        while reading:
            await self._pace.wait_for(reading)
            batch, reading = self._pace.due_batch(reading, readings)
            receipt += await delivery.deliver([each.event() for each in batch])
            self._advance(reached, batch[-1].sent_at)
            reached = batch[-1].sent_at
        self._advance(reached, self._until)
        return receipt

    def _advance(self, reached: float, now_reached: float) -> None:
        """Report that one device's history is delivered up to another instant."""
        step = min(now_reached, self._history_end) - min(reached, self._history_end)
        if self._on_progress and step > 0:
            self._done += step
            self._on_progress(round(self._done), round(self._history_end - self._since) * len(self._devices))


async def run(
    *,
    url: str,
    devices: Iterable[tuple[SimulatedDevice, str]],
    since: datetime | None = None,
    until: datetime | None = None,
    follow: bool = False,
    speed: float | None = None,
    on_progress: Progress | None = None,
) -> Receipt:
    """Send the readings of devices, each with its token, to the hub at ``url``.

    They send what they measured from ``since`` (default: now) until ``until`` (default: now); with
    ``follow``, without end until the caller cancels. The past goes as fast as the hub accepts it,
    or ``speed`` times as fast as it happened. ``on_progress`` is called with (done, total) of the
    past, in seconds of all devices. Returns what the hub did with the readings; raises UserError
    if it rejects them. While the hub is unavailable, all wait: nothing is lost.
    """
    now = time.time()
    start = since.timestamp() if since else now
    end = float("inf") if follow else until.timestamp() if until else now
    return await Simulator(url, devices, start, end, speed, on_progress).run()
