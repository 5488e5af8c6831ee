"""The broker and the receiver as processes that can be killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from chaos.mqtt_publisher import Publisher
from chaos.waiting import wait_for
from iot_hub.files.own_secrets import MQTT_PASSWORD, own_secret
from iot_hub.files.private_files import make_private_folder
from iot_hub.ingest.mqtt.broker import HUB_USER, socket_of
from iot_hub.ingest.mqtt.status import Status, read_status
from iot_hub.operations import mosquitto
from iot_hub.operations.mosquitto.accounts import write_for_broker
from iot_hub.settings import Settings

START_SECONDS = 60.0


class Broker:
    """The hub's own Mosquitto, with its configuration, or with that less some options."""

    def __init__(self, settings: Settings, without: Sequence[str] = ()) -> None:
        """Write the configuration; ``without`` names options to leave at Mosquitto's own values."""
        self.settings = settings
        make_private_folder(settings.home / "log")
        path = mosquitto.write(settings)
        lines = path.read_text().splitlines()
        left = [line for line in lines if line.partition(" ")[0] not in without]
        write_for_broker(path, "\n".join([*left, ""]).encode())
        self._command = mosquitto.command(settings, path)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.settings.home / "log" / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        wait_for(lambda: mosquitto.answers(self.settings), START_SECONDS, "The broker answers")

    def kill(self) -> None:
        """Kill it."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop it: it saves what waits."""
        self._end(signal.SIGTERM)

    def publisher(self, user: str = HUB_USER, password: str | None = None) -> Publisher:
        """Connect a device, or whoever knows the hub's own password."""
        secret = own_secret(self.settings.home, MQTT_PASSWORD) if password is None else password
        return Publisher(socket_of(self.settings), user, secret)

    def memory(self) -> int:
        """Return its resident memory in bytes."""
        return resident(self._process.pid) if self._process else 0

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(20)
            self._process = None


class Receiver:
    """``iot-hub mqtt`` as a process."""

    def __init__(self, settings: Settings, command: Sequence[str] = ("-m", "iot_hub", "mqtt"), **more: str) -> None:
        """Run another command than the usual one where a test has to break something inside."""
        self.settings = settings
        self._command = [sys.executable, *command]
        database = settings.database_url.get_secret_value() if settings.database_url else None
        self._environment = {
            **os.environ,
            "IOT_HUB_HOME": str(settings.home),
            "IOT_HUB_TIME_ZONE": settings.time_zone,
            "IOT_HUB_SPOOL_BYTES": str(settings.spool_bytes),
            **({"IOT_HUB_DATABASE_URL": database} if database else {}),
            **({"IOT_HUB_MQTT_URL": settings.mqtt_url.get_secret_value()} if settings.mqtt_url else {}),
            **more,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.started = 0.0

    def start(self, *, wait: bool = True) -> None:
        """Start it, and wait until it is connected."""
        make_private_folder(self.settings.home / "log")
        self.started = time.time()
        with (self.settings.home / "log" / "mqtt.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, env=self._environment)
        if wait:
            wait_for(lambda: self.is_connected or self._has_ended, START_SECONDS, "The receiver is connected")
            if self._has_ended:
                raise RuntimeError(f"The receiver ended: {self.log()[-2_000:]}")

    @property
    def is_connected(self) -> bool:
        """Whether it has said so since it was started."""
        status = self.status
        return status is not None and status.state == "connected" and status.written > self.started

    @property
    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    @property
    def status(self) -> Status | None:
        """What it last said of itself."""
        return read_status(self.settings.home)

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill it."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Stop it as the supervisor does; return its exit status."""
        return self._end(signal.SIGTERM)

    def log(self) -> str:
        """Return what it logged."""
        return (self.settings.home / "log" / "mqtt.log").read_text()

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        status = self._process.wait(30)
        self._process = None
        return status


@contextlib.contextmanager
def running_broker(settings: Settings, without: Sequence[str] = ()) -> Iterator[Broker]:
    """Run a broker."""
    broker = Broker(settings, without)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@contextlib.contextmanager
def running_receiver(settings: Settings, *command: str, **more: str) -> Iterator[Receiver]:
    """Run a receiver."""
    receiver = Receiver(settings, command or ("-m", "iot_hub", "mqtt"), **more)
    try:
        receiver.start()
        yield receiver
    finally:
        receiver.kill()


def resident(pid: int) -> int:
    """Return a process's largest resident memory so far, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
