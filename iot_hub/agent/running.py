"""The agent at work: reads each sensor when it is due, and sends when it is time."""

from __future__ import annotations

import time
from collections.abc import Sequence

from iot_hub.agent.car_thread import car_reader, reading_car
from iot_hub.agent.clock import Clock
from iot_hub.agent.configuration import Configuration
from iot_hub.agent.connection import Connection
from iot_hub.agent.errors import QueueError, SensorError
from iot_hub.agent.log import Problems, log
from iot_hub.agent.queue import Queue
from iot_hub.agent.reading import Reading
from iot_hub.agent.recorder import Recorder
from iot_hub.agent.sensors import Sensor
from iot_hub.agent.stop import STOP, Stopped
from iot_hub.agent.upload import Sent, Uploader
from iot_hub.timestamps import SECOND
from iot_hub.waiting.backoff import Backoff

MAX_SLEEP_SECONDS = 60.0
"""Another process may put something into the queue."""
FIRST_PAUSE_SECONDS = 5.0
MAX_PAUSE_SECONDS = 900.0
FIRST_TIME_SECONDS = 60.0
"""To the next question for the time, where the hub has not answered."""


class Agent:
    """An agent with its queue. A failure of a sensor or the hub is logged once, and the agent goes on."""

    def __init__(self, configuration: Configuration, queue: Queue) -> None:
        """Prepare; everything is due at once."""
        self._configuration = configuration
        self._sensors = configuration.sensors
        self._every = configuration.upload_every or float("inf")
        self._enough = configuration.upload_readings if configuration.upload_every else 1
        self._queue = queue
        self._uploader = Uploader(queue, Connection(configuration), configuration.upload_readings)
        self._backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS, jitter=True)
        started = time.monotonic()
        self._due = {sensor.name: started for sensor in self._sensors}
        self._upload_due = self._not_before = started
        self._problems = Problems()
        self.clock = Clock(trusted=configuration.clock == "auto")
        self._time_backoff = Backoff(FIRST_TIME_SECONDS, MAX_PAUSE_SECONDS, jitter=True)
        self._ask_time_at = started
        self._recorder = Recorder(queue, self.clock, self._problems)

    def run(self) -> None:
        """Read and send until the agent is asked to stop."""
        with reading_car(self._configuration, self.clock):
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
        if self._configuration.car:
            car_reader(self._configuration, self._queue, self.clock, self._problems).once()

    def read(self, sensor: Sensor) -> None:
        """Read a sensor, and queue its readings."""
        if not sensor.is_there(sensor.options):
            self._problems.forget(sensor.name)
            return
        try:
            readings = sensor.read(sensor.options)
            self._learn_time(readings)
            self._recorder.store(readings)
        except SensorError as error:
            self._problems.report(sensor.name, str(error))
        except (ValueError, RecursionError):
            self._problems.report(sensor.name, "returned something that JSON can't hold")
        else:
            self._problems.report(sensor.name, None)

    def send(self) -> Sent:
        """Send one batch, if something waits. Raises QueueError."""
        sent = self._uploader.send_batch()
        if sent.rejected:
            log(f"upload: the hub rejected {sent.rejected} readings; 'iot-hub agent status' has the reasons")
        self._problems.report("upload", sent.failure.reason if sent.failure else None)
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
                self.date_readings()
                self.send()
            return self._next_upload()
        except QueueError as error:
            self._problems.report("upload", str(error))
            self._not_before = time.monotonic() + self._backoff.pause()
            return self._not_before

    def date_readings(self) -> None:
        """Date readings that wait for the clock; where that is not known, the hub is asked. Raises QueueError."""
        if self.clock.offset() is None:
            found = self._uploader.time_of_hub()
            if found is None:
                self._ask_time_at = time.monotonic() + self._time_backoff.pause()
            else:
                self.clock.learn(found)
        self._recorder.settle()

    def _learn_time(self, readings: Sequence[Reading]) -> None:
        """Learn the time of a GPS receiver's fix."""
        for each in readings:
            fix = each.properties.get("location", {}).get("fix_timestamp") if "gpsd" in each.properties else None
            if fix is not None:
                self.clock.learn(round(fix * SECOND))

    def _next_upload(self) -> float:
        due = 0.0 if self._queue.holds(self._enough) else self._upload_due
        if self.clock.offset() is None:
            due = min(due, self._ask_time_at)
        return max(due, self._not_before)
