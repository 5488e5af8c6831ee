"""The agent at work: reads each sensor when it is due, and sends when it is time."""

from __future__ import annotations

import time
from collections.abc import Sequence

from iot_hub.agent.configuration import Configuration
from iot_hub.agent.connection import Connection
from iot_hub.agent.errors import QueueError, SensorError
from iot_hub.agent.log import say
from iot_hub.agent.pauses import Pauses
from iot_hub.agent.queue import Queue
from iot_hub.agent.reading import Reading, now
from iot_hub.agent.sensors import Sensor
from iot_hub.agent.upload import Sent, Uploader
from iot_hub.timestamps import SECOND

EARLIEST = 1_704_067_200 * SECOND
"""2024-01-01: before it lies a clock that was not set since the machine started."""


LONGEST_SLEEP = 60.0
"""Seconds: another process may put something into the queue."""


class Agent:
    """One agent with its queue. What goes wrong with a sensor or the hub is said once, and it goes on."""

    def __init__(self, configuration: Configuration, queue: Queue) -> None:
        """Take what to do; everything is due at once."""
        self._sensors = configuration.sensors
        self._every = configuration.upload_every or float("inf")
        self._enough = configuration.upload_readings if configuration.upload_every else 1
        self._queue = queue
        self._uploader = Uploader(queue, Connection(configuration), configuration.upload_readings)
        self._pauses = Pauses()
        started = time.monotonic()
        self._due = {sensor.name: started for sensor in self._sensors}
        self._upload_due = self._not_before = started
        self._said: dict[str, str] = {}

    def run(self) -> None:
        """Read and send until a signal ends it (KeyboardInterrupt)."""
        while True:
            time.sleep(min(self.turn(), LONGEST_SLEEP))

    def turn(self) -> float:
        """Do what is due; give the seconds until something is due again."""
        for sensor in self._sensors:
            if self._due[sensor.name] <= time.monotonic():
                # Counted from now: after a long sleep a sensor is read once, not once for each time that was missed.
                self._due[sensor.name] = time.monotonic() + sensor.every
                self.read(sensor)
        return max(min([*self._due.values(), self._upload_if_due()]) - time.monotonic(), 0.0)

    def read_all(self) -> None:
        """Read every sensor now."""
        for sensor in self._sensors:
            self.read(sensor)

    def read(self, sensor: Sensor) -> None:
        """Read a sensor, and keep what it tells."""
        if now() < EARLIEST:
            self._note(sensor.name, "not read: this machine's clock is not set")
            return
        if not sensor.is_there(sensor.options):
            self._said.pop(sensor.name, None)
            return
        try:
            self._keep(sensor.read(sensor.options))
        except SensorError as error:
            self._note(sensor.name, str(error))
        except (ValueError, RecursionError):
            self._note(sensor.name, "told something that JSON can't hold")
        else:
            self._note(sensor.name, None)

    def send(self) -> Sent:
        """Send one batch, if something waits. Raises QueueError."""
        sent = self._uploader.send_batch()
        if sent.refused:
            say(f"upload: the hub refused {sent.refused} readings; 'iot-hub agent status' has the reasons")
        self._note("upload", sent.failure.why if sent.failure else None)
        if sent.failure:
            self._not_before = time.monotonic() + self._pauses.failed(sent.failure.retry_after)
        else:
            self._pauses.succeeded()
            # All that waits goes, batch by batch; sensors have their turn between two.
            self._upload_due = time.monotonic() + (0 if self._queue.holds(1) else self._every)
        return sent

    def _upload_if_due(self) -> float:
        try:
            if self._next_upload() <= time.monotonic():
                self.send()
            return self._next_upload()
        except QueueError as error:
            self._note("upload", str(error))
            self._not_before = time.monotonic() + self._pauses.failed()
            return self._not_before

    def _next_upload(self) -> float:
        return max(0 if self._queue.holds(self._enough) else self._upload_due, self._not_before)

    def _keep(self, readings: Sequence[Reading]) -> None:
        try:
            dropped = self._queue.append(readings)
        except QueueError as error:
            self._note("queue", f"a reading is lost. {error}")
        else:
            self._note("queue", "it is full: the oldest readings make room for the newest" if dropped else None)

    def _note(self, what: str, problem: str | None) -> None:
        """Say what changed: a sensor that fails every minute fills no log."""
        before = self._said.pop(what, None)
        if problem is not None:
            self._said[what] = problem
            if problem != before:
                say(f"{what}: {problem}")
        elif before is not None:
            say(f"{what}: works again")
