"""Starts the reader of a car beside the agent's other work: neither a slow sensor nor the hub holds up a round."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from iot_hub.agent.car.position import Position
from iot_hub.agent.car.reader import CarReader
from iot_hub.agent.clock import Clock
from iot_hub.agent.configuration import Configuration
from iot_hub.agent.errors import QueueError
from iot_hub.agent.log import Problems, log
from iot_hub.agent.queue import Queue
from iot_hub.agent.recorder import Recorder
from iot_hub.agent.stop import STOP, Stopped

END_SECONDS = 2.0
"""For the last round to be stored, once the agent is asked to stop."""


def car_reader(configuration: Configuration, queue: Queue, clock: Clock, problems: Problems) -> CarReader:
    """Build the reader of the configured car."""
    assert configuration.car  # noqa: S101 - the caller has checked it
    gpsd = next((sensor for sensor in configuration.sensors if sensor.name == "gpsd"), None)
    position = Position(gpsd.options if gpsd else None, clock)
    return CarReader(configuration.car, Recorder(queue, clock, problems), position, problems)


@contextlib.contextmanager
def reading_car(configuration: Configuration, clock: Clock) -> Iterator[None]:
    """Read the configured car, if there is one, in a thread of its own around a block."""
    if configuration.car is None:
        yield
        return
    thread = threading.Thread(target=_read, args=(configuration, clock), name="obd", daemon=True)
    thread.start()
    try:
        yield
    finally:
        if STOP.is_set():
            thread.join(END_SECONDS)


def _read(configuration: Configuration, clock: Clock) -> None:
    try:
        queue = Queue(configuration.queue_file, configuration.queue_bytes)
    except QueueError as error:
        log(f"obd: the car is not read. {error}")
        return
    with contextlib.closing(queue), contextlib.suppress(Stopped):
        car_reader(configuration, queue, clock, Problems()).run()
