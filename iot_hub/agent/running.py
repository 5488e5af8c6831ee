"""The agent at work: reads each sensor when it is due, and sends when it is time."""

from __future__ import annotations

import time
from collections.abc import Sequence

from iot_hub.agent.configuration import Configuration
from iot_hub.agent.connection import Connection
from iot_hub.agent.errors import QueueError, SensorError
from iot_hub.agent.log import log
from iot_hub.agent.queue import Queue
from iot_hub.agent.reading import Reading, now
from iot_hub.agent.sensors import Sensor
from iot_hub.agent.stop import STOP, Stopped
from iot_hub.agent.upload import Sent, Uploader
from iot_hub.timestamps import SECOND
from iot_hub.waiting.backoff import Backoff

EARLIEST_TIME = 1_704_067_200 * SECOND
"""2024-01-01: an earlier time is that of a clock that was not set since the machine started."""
MAX_SLEEP_SECONDS = 60.0
"""Another process may put something into the queue."""
FIRST_PAUSE_SECONDS = 5.0
MAX_PAUSE_SECONDS = 900.0


class Agent:
    """An agent with its queue. A failure of a sensor or the hub is logged once, and the agent goes on."""

    def __init__(self, configuration: Configuration, queue: Queue) -> None:
        """Prepare; everything is due at once."""
        self._sensors = configuration.sensors
        self._every = configuration.upload_every or float("inf")
        self._enough = configuration.upload_readings if configuration.upload_every else 1
        self._queue = queue
        self._uploader = Uploader(queue, Connection(configuration), configuration.upload_readings)
        self._backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS, jitter=True)
        started = time.monotonic()
        self._due = {sensor.name: started for sensor in self._sensors}
        self._upload_due = self._not_before = started
        self._reported: dict[str, str] = {}

    def run(self) -> None:
        """Read and send until the agent is asked to stop."""
        while not STOP.wait(min(self.turn(), MAX_SLEEP_SECONDS)):
            pass

    def turn(self) -> float:
        """Do what is due; return the seconds until something is due again. Raises Stopped."""
        for sensor in self._sensors:
            if STOP.is_set():
                raise Stopped
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
        """Read a sensor, and queue its readings."""
        if now() < EARLIEST_TIME:
            self._report(sensor.name, "not read: this machine's clock is not set")
            return
        if not sensor.is_there(sensor.options):
            self._reported.pop(sensor.name, None)
            return
        try:
            self._store(sensor.read(sensor.options))
        except SensorError as error:
            self._report(sensor.name, str(error))
        except (ValueError, RecursionError):
            self._report(sensor.name, "returned something that JSON can't hold")
        else:
            self._report(sensor.name, None)

    def send(self) -> Sent:
        """Send one batch, if something waits. Raises QueueError."""
        sent = self._uploader.send_batch()
        if sent.rejected:
            log(f"upload: the hub rejected {sent.rejected} readings; 'iot-hub agent status' has the reasons")
        self._report("upload", sent.failure.reason if sent.failure else None)
        if sent.failure:
            self._not_before = time.monotonic() + self._backoff.pause(sent.failure.retry_after)
        else:
            self._backoff.reset()
            # All that waits goes, batch by batch; sensors have their turn between two.
            self._upload_due = time.monotonic() + (0 if self._queue.holds(1) else self._every)
        return sent

    def _upload_if_due(self) -> float:
        try:
            if self._next_upload() <= time.monotonic():
                self.send()
            return self._next_upload()
        except QueueError as error:
            self._report("upload", str(error))
            self._not_before = time.monotonic() + self._backoff.pause()
            return self._not_before

    def _next_upload(self) -> float:
        return max(0 if self._queue.holds(self._enough) else self._upload_due, self._not_before)

    def _store(self, readings: Sequence[Reading]) -> None:
        try:
            dropped = self._queue.append(readings)
        except QueueError as error:
            self._report("queue", f"a reading is lost. {error}")
        else:
            self._report("queue", "it is full: the oldest readings make room for the newest" if dropped else None)

    def _report(self, what: str, problem: str | None) -> None:
        """Log what changed: a sensor that fails every minute fills no log."""
        before = self._reported.pop(what, None)
        if problem is not None:
            self._reported[what] = problem
            if problem != before:
                log(f"{what}: {problem}")
        elif before is not None:
            log(f"{what}: works again")
