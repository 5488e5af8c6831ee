"""Sends what simulated devices measure: the past in large batches, the present in real time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from iot_hub.operations.demo.delivery import Delivery, Receipt
from iot_hub.operations.demo.device import SimulatedDevice
from iot_hub.operations.demo.home import HomeDelivery, SimulatedHome

BATCH = 1000
LONGEST_SLEEP = 60.0

Progress = Callable[[int, int], None]


class Timed(Protocol):
    """What is sent at an instant (unix seconds)."""

    @property
    def sent_at(self) -> float:
        """When it is sent."""
        ...


TimedT = TypeVar("TimedT", bound=Timed)


@dataclass(frozen=True)
class Stream(Generic[TimedT]):
    """What somebody sends from one instant until another, in that order, and what delivers it."""

    sent: Callable[[float, float], Iterator[TimedT]]
    deliver: Callable[[Sequence[TimedT]], Awaitable[Receipt]]


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

    async def wait_for(self, reading: Timed) -> None:
        """Wait until the reading is due, however the machine sleeps or its clock is set meanwhile."""
        while (seconds := self.due(reading.sent_at) - time.time()) > 0:
            await asyncio.sleep(min(seconds, LONGEST_SLEEP))

    def due_batch(self, first: TimedT, readings: Iterator[TimedT]) -> tuple[list[TimedT], TimedT | None]:
        """Return a batch of due readings, and the reading that follows it."""
        now = time.time()
        batch = [first]
        for reading in readings:
            if len(batch) == BATCH or self.due(reading.sent_at) > now:
                return batch, reading
            batch.append(reading)
        return batch, None


class Simulator:
    """Sends what streams have, from one instant to another (unix seconds)."""

    def __init__(
        self,
        streams: Iterable[Stream[Any]],
        since: float,
        until: float,
        speed: float | None = None,
        on_progress: Progress | None = None,
    ) -> None:
        """Accept the arguments of ``run``; progress is reported for what is past by now."""
        began = time.time()
        self._streams = list(streams)
        self._since, self._until = since, until
        self._history_end = min(until, began)
        self._pace = Pace(since, began, speed)
        self._on_progress = on_progress
        self._done = 0.0

    async def run(self) -> Receipt:
        """Send everything; return when all is delivered. Raises UserError if the hub rejects it."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._send(stream)) for stream in self._streams]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        return sum((task.result() for task in tasks), Receipt())

    async def _send(self, stream: Stream[Any]) -> Receipt:
        """Send one stream's readings when they are due; overdue ones go in batches."""
        receipt = Receipt()
        readings = stream.sent(self._since, self._until)
        reading, reached = next(readings, None), self._since
        while reading:
            await self._pace.wait_for(reading)
            batch, reading = self._pace.due_batch(reading, readings)
            receipt += await stream.deliver(batch)
            self._advance(reached, batch[-1].sent_at)
            reached = batch[-1].sent_at
        self._advance(reached, self._until)
        return receipt

    def _advance(self, reached: float, now_reached: float) -> None:
        """Report that one stream's history is delivered up to another instant."""
        step = min(now_reached, self._history_end) - min(reached, self._history_end)
        if self._on_progress and step > 0:
            self._done += step
            self._on_progress(round(self._done), round(self._history_end - self._since) * len(self._streams))


async def run(
    *,
    url: str,
    devices: Iterable[tuple[SimulatedDevice, str]],
    home: tuple[SimulatedHome, HomeDelivery] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    follow: bool = False,
    speed: float | None = None,
    on_progress: Progress | None = None,
) -> Receipt:
    """Send the readings of devices, each with its token, to the hub at ``url``, and a home's messages to its broker.

    They send what they measured from ``since`` (default: now) until ``until`` (default: now); with
    ``follow``, without end until the caller cancels. The past goes as fast as the hub accepts it,
    or ``speed`` times as fast as it happened. ``on_progress`` is called with (done, total) of the
    past, in seconds of all of them. Returns what the hub did with the readings; raises UserError
    if it rejects them. While the hub is unavailable, all wait: nothing is lost.
    """
    now = time.time()
    start = since.timestamp() if since else now
    end = float("inf") if follow else until.timestamp() if until else now
    streams: list[Stream[Any]] = [
        Stream(device.readings, Delivery(url, device.name, token).deliver) for device, token in devices
    ]
    if home is None:
        return await Simulator(streams, start, end, speed, on_progress).run()
    simulated, delivery = home
    with contextlib.closing(delivery):
        streams.append(Stream(simulated.messages, delivery.deliver))
        return await Simulator(streams, start, end, speed, on_progress).run()
