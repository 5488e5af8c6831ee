"""A hub's process as a user starts it, and what tests ask of it.

Clients verify no certificate: a hub shows one of its own, and to load those of the world takes 45 ms of a processor
for each client, also where nothing is encrypted.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from free_ports import free_ports
from paths import memory_folder
from prepared_home import copy_prepared_home
from started import needs
from waiting import wait_until

START_SECONDS = 100
"""A bound for a machine that has other things to do."""


PASSWORD = "correct horse battery"


@dataclass
class Hub:
    """A running hub."""

    environment: dict[str, str]
    process: subprocess.Popen[str]
    url: str

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "iot_hub", *arguments],
            env=self.environment, capture_output=True, text=True, check=check, timeout=START_SECONDS,
        )  # fmt: skip

    def set_password(self) -> None:
        subprocess.run(
            [sys.executable, "-m", "iot_hub", "password"],
            env=self.environment, input=PASSWORD + "\n", text=True, capture_output=True, check=True,
            timeout=START_SECONDS,
        )  # fmt: skip

    def metrics(self) -> httpx.Response:
        """Ask for the hub's metrics as the owner's Prometheus does."""
        token = Path(self.environment["IOT_HUB_HOME"], "secrets", "metrics-token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.get(f"{self.url}/metrics", headers=headers, timeout=20, verify=False)

    def ready(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            # nginx listens for a moment when it checks its configuration. A connection that it then resets, Python's
            # ssl leaves open if it was about to shake hands; so ask without encryption first, for any answer.
            httpx.get(f"{self.url.replace('https:', 'http:')}/healthz", timeout=5, verify=False)
            return httpx.get(f"{self.url}/readyz", timeout=5, verify=False).status_code == 200
        return False

    def children(self) -> dict[int, str]:
        """Every process below the hub's own, with its command line."""
        # Not by /proc/PID/task/PID/children, which may skip processes while others end (proc(5)).
        with contextlib.suppress(psutil.NoSuchProcess):
            return {
                child.pid: _command_line(child.pid)
                for child in psutil.Process(self.process.pid).children(recursive=True)
            }
        return {}

    def pids(self, part: str) -> set[int]:
        """The processes below the hub whose command line has a part, without those that they have just forked.

        Such a one still bears its parent's command line: PostgreSQL forks one for each connection.
        """
        found = {pid for pid, line in self.children().items() if part in line}
        return {pid for pid in found if _parent(pid) not in found}


def _parent(pid: int) -> int | None:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).ppid()
    return None


def _command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def alive(pids: Iterable[int]) -> set[int]:
    """Those of the processes that still run."""
    return {pid for pid in pids if _command_line(pid)}


def free_port() -> int:
    return free_ports(1)[0]


def hub_environment(home: str, port: int, **settings: str) -> dict[str, str]:
    ours = {
        "IOT_HUB_HOME": home, "IOT_HUB_PORT": str(port), "IOT_HUB_TIME_ZONE": "Europe/Warsaw",
        # A broker's port is the machine's, and most tests have no use for it.
        "IOT_HUB_MQTT_PORT": "0",
    }  # fmt: skip
    return {**os.environ, **ours, **settings}


@contextlib.contextmanager
def running_hub(*arguments: str, first_start: bool = False, **settings: str) -> Iterator[Hub]:
    """Run a hub; its home is a copy of one that was started before, unless this is to be its first start."""
    needs("hub")
    with tempfile.TemporaryDirectory(prefix="hub-", dir=memory_folder(), ignore_cleanup_errors=True) as home:
        if not first_start:
            copy_prepared_home(Path(home))
        port = free_port()
        environment = hub_environment(home, port, **settings)
        process = subprocess.Popen(
            [sys.executable, "-m", "iot_hub", "up", *arguments],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        scheme = "https" if "IOT_HUB_TLS" in settings else "http"
        hub = Hub(environment, process, f"{scheme}://127.0.0.1:{port}")
        try:
            wait_until(lambda: hub.ready() or process.poll() is not None, START_SECONDS)
            assert process.poll() is None, process.stdout and process.stdout.read()
            yield hub
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


def events_listed(hub: Hub) -> list[tuple[str, int]]:
    """Name each device with its count of rolled-up events."""
    listed = json.loads(hub.command("device", "list", "--json").stdout)
    return [(row["name"], row["events"]) for row in listed]


def post(hub: Hub, device: dict[str, Any], time: float, **location: float) -> httpx.Response:
    body = {"device_timestamp": time, "properties": {"location": location, "battery": {"remaining_percent": 80}}}
    headers = {"Authorization": f"Bearer {device['token']}"}
    return httpx.post(f"{hub.url}/v1/events", json=body, headers=headers, verify=False)
