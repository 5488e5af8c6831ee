"""The hub under attack, as a user starts it, and a second receiver behind a proxy."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import SecretStr

from chaos.clock import Clock
from chaos.process_table import Process, processes_of
from chaos.waiting import free_port, wait_for
from iot_hub.settings import Settings

PROJECT = Path(__file__).parent.parent
START_SECONDS = 60
ANY_KEY = SecretStr("any")
"""The S3 server asks for a signature, and does not look at it."""
WRAPPERS = ("setpriv", "env ")


class Hub:
    """``iot-hub up`` in a home of its own."""

    def __init__(self, home: Path, s3_endpoint: str | None = None, clock: Clock | None = None) -> None:
        """Prepare a hub in an empty folder, with a folder as its archive and the true clock by default."""
        self.settings = Settings(
            home=home, port=free_port(), host="127.0.0.1", time_zone="UTC", database_url=None,
            viewer_database_url=None, s3_endpoint=s3_endpoint, s3_access_key=ANY_KEY, s3_secret_key=ANY_KEY,
        )  # fmt: skip
        self._clock = clock
        self.home = home
        self.port = self.settings.port
        self.log_folder = home / "log"
        self.log_folder.mkdir(exist_ok=True)

    def start(self) -> None:
        """Start it and wait until it is ready. Raises TimeoutError."""
        command = [sys.executable, "-m", "chaos.impatient_hub", "up"]
        with (self.log_folder / "up.log").open("ab") as log:
            self._process = _start(command, log, self._environment(), PROJECT)
        wait_for(lambda: readiness(self.port) is not None, START_SECONDS, "the hub is ready")
        self.api_port = self._find_api_port()

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)

    def _environment(self) -> dict[str, str]:
        own = {"IOT_HUB_PORT": str(self.port), "IOT_HUB_MQTT_PORT": "0"}
        if self.settings.s3_endpoint:
            own["IOT_HUB_S3_ENDPOINT"] = self.settings.s3_endpoint
            own["IOT_HUB_S3_ACCESS_KEY"] = own["IOT_HUB_S3_SECRET_KEY"] = ANY_KEY.get_secret_value()
        return environment(self.home, **own, **(self._clock.environment_of_hub if self._clock else {}))

    def run_command(self, *arguments: str, clock: Clock) -> int:
        """Run ``iot-hub`` beside the hub, by a clock; give the exit status."""
        command = [sys.executable, "-m", "iot_hub", *arguments]
        with (self.log_folder / "commands.log").open("ab") as log:
            return _start(command, log, {**self._environment(), **clock.environment}, Path("/")).wait()

    @property
    def pid(self) -> int:
        """The process that keeps the others."""
        return self._process.pid

    def processes(self, role: str) -> list[Process]:
        """Return a role's processes, the one that the hub itself started first."""
        own = [process for process in processes_of(self.home).values() if process.role == role]
        return sorted(own, key=lambda process: process.parent != self.pid)

    def leader(self, role: str) -> Process:
        """Return the process of a role that the hub itself started; wait for it if it is being restarted."""

        def find() -> Process | None:
            # For a moment after its start, a process is still a wrapper.
            own = [process for process in self.processes(role) if process.parent == self.pid]
            return own[0] if own and not own[0].command.startswith(WRAPPERS) else None

        found = wait_for(find, START_SECONDS, f"{role} runs")
        assert found is not None
        return found

    def _find_api_port(self) -> int:
        return int(self.leader("api").command.rpartition("--port ")[2].split()[0])


class SecondReceiver:
    """``iot-hub api`` with a home and a spool of its own, which reaches the same database by another way."""

    def __init__(self, home: Path, database_url: str, log: Path, spool_bytes: int, clock: Clock) -> None:
        """Prepare a receiver: its home, its way to the database, its log, its spool, and its clock."""
        self.home = home
        self.port = free_port()
        self._log = log
        self._environment = environment(
            home, IOT_HUB_DATABASE_URL=database_url, IOT_HUB_SPOOL_BYTES=str(spool_bytes), **clock.environment
        )

    def start(self) -> None:
        """Start it; what it needs to be ready may be away."""
        with self._log.open("ab") as log:
            self._process = _start(
                [sys.executable, "-m", "iot_hub", "api", "--port", str(self.port)], log, self._environment, Path("/")
            )

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it as it should be ended."""
        self._process.terminate()
        self._process.wait(60)

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid


def environment(home: Path, **settings: str) -> dict[str, str]:
    """Return the environment of a hub in that home, free of the caller's own settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IOT_HUB_")}
    return {**inherited, "IOT_HUB_HOME": str(home), "IOT_HUB_TIME_ZONE": "UTC", **settings}


def _start(command: list[str], log: BinaryIO, settings: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=settings, cwd=folder, start_new_session=True
    )


def readiness(port: int) -> dict[str, Any] | None:
    """Return what ``/readyz`` answers with a 200, else None."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        state: dict[str, Any] = json.loads(answer.read())
        return state if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def is_well(port: int) -> bool:
    """Return whether a receiver stores, with nothing waiting in its spool."""
    state = readiness(port)
    return state is not None and state["status"] == "ready" and not state.get("spool", {}).get("bytes")
