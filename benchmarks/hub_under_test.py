"""A hub to measure: a cluster of its own as ``iot-hub up`` would run it, and real processes on it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.migrations import migrate
from iot_hub.operations import nginx
from iot_hub.operations.postgres_server import running_server
from iot_hub.settings import Settings

READY_SECONDS = 60
# Not /tmp, which may lie in memory: there fsync costs nothing.
DISK = "/var/tmp"


@contextlib.contextmanager
def scratch_home() -> Iterator[Path]:
    """Yield an empty state folder on a disk, and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="iot-hub-bench-", dir=DISK, ignore_cleanup_errors=True) as home:
        yield Path(home)


@contextlib.contextmanager
def running_database() -> Iterator[Settings]:
    """Run a cluster with the hub's database in it; give the settings that reach it."""
    with scratch_home() as home:
        settings = Settings(home=home, time_zone="UTC", database_url=None, viewer_database_url=None)
        with running_server(settings):
            migrate(settings)
            yield settings


def owner(settings: Settings) -> psycopg.Connection[DictRow]:
    """Connect as the hub itself."""
    return connect(owner_conninfo(settings, "iot-hub bench"))


@contextlib.contextmanager
def running_api(settings: Settings, *options: str) -> Iterator[str]:
    """Run ``iot-hub api``; give its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = hub_command("api", "--port", str(port), *options)
    with running(command, settings, "api", ready=lambda: answers(f"{address}/readyz")):
        yield address


@contextlib.contextmanager
def running_worker(settings: Settings) -> Iterator[int]:
    """Run ``iot-hub worker``; give its process."""
    with running(hub_command("worker"), settings, "worker") as worker:
        yield worker.pid


@contextlib.contextmanager
def running_nginx(settings: Settings, api: str) -> Iterator[str]:
    """Run nginx in front of an API; give its address."""
    front = settings.model_copy(update={"host": "127.0.0.1", "port": free_port()})
    file = nginx.write(front, nginx.Upstreams(api.removeprefix("http://"), f"127.0.0.1:{free_port()}"))
    address = f"http://127.0.0.1:{front.port}"
    with running(nginx.command(file), settings, "nginx", ready=lambda: answers(f"{address}/readyz")):
        yield address


def hub_command(*arguments: str) -> list[str]:
    """Return the command line of one of the hub's own commands."""
    return [sys.executable, "-m", "iot_hub", *arguments]


@contextlib.contextmanager
def running(
    command: Sequence[str], settings: Settings, name: str, *,
    ready: Callable[[], bool] = lambda: True, environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:  # fmt: skip
    """Run a process around a block; it is asked to stop by SIGTERM and awaited."""
    log_path = settings.home / "log" / f"{name}.log"
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**hub_environment(settings), **(environment or {})}
        )
    try:
        wait_until(lambda: ready() or _has_ended(process, log_path))
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def hub_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of a hub in that home, free of the caller's own settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IOT_HUB_")}
    return {
        **inherited,
        "IOT_HUB_HOME": str(settings.home),
        "IOT_HUB_HOST": settings.host,
        "IOT_HUB_PORT": str(settings.port),
        "IOT_HUB_TIME_ZONE": settings.time_zone,
    }


def _has_ended(process: subprocess.Popen[bytes], log: Path) -> bool:
    if process.poll() is None:
        return False
    lines = log.read_text(errors="replace").splitlines() or ["it logged nothing"]
    raise RuntimeError(f"{process.args!r} ended with code {process.returncode}: {lines[-1]}")


def free_port() -> int:
    """Find a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Return whether something accepts connections on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(address: str) -> bool:
    """Return whether an address answers 200."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


def wait_until(condition: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
    """Wait for what another process brings about. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing came of it within {seconds:.0f} s")
        time.sleep(0.02)
