"""The reader of a car: its requests a second, its memory, and what is stored when it and the hub are killed."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from hub_under_test import (
    answers,
    free_port,
    hub_command,
    hub_environment,
    listens,
    owner,
    running_api,
    running_database,
    wait_until,
)
from measured import Measured
from pairs import ratio
from progress import say
from report import Row, at_least, per_second
from statements import statement

from iot_hub.access.devices import add_device
from iot_hub.settings import Settings

ADAPTER = Path(__file__).parent.parent / "tests" / "scripted_adapter.py"
REQUESTS = (b"010C0D04105E113\r", b"010B1\r")
"""What the agent asks in a round once it knows the adapter: six values in three frames, and the seventh."""
LATENCIES_MS = (5.0, 1.0)
LEAST = 0.9
MOST_MB = 25
WARM_SECONDS = 2.0
NOTES = [
    "OBD agent, requests: `iot-hub agent obd` with `every = 0` reads the scripted adapter (`tests/scripted_adapter.py`,"
    " a process of its own, TCP) that takes 5 or 1 ms for a request; in turns with a client that sends the same two"
    " requests of a round, and reads until the prompt. Both are counted by the adapter.",
    "OBD agent, memory: the largest PSS and RSS of that process while it reads once every 20 ms, and sends to"
    " `iot-hub api`.",
    "OBD agent, kills: while it reads every 20 ms, agent and API are killed by SIGKILL in turns, each at a random"
    " moment within 0.3 s of work, and started again; at the end the queue is sent. Every reading that ever was in the"
    " queue is counted in the queue's file and in the hub.",
]


def measure(*, quick: bool) -> Measured:
    """Compare the rates, measure the memory, then kill."""
    seconds, pairs, kills = (3.0, 1, 10) if quick else (10.0, 5, 100)
    with running_database() as settings:
        with owner(settings) as connection:
            _, token = add_device(connection, "car", "car")
        rows = [_rate(settings, latency, seconds, pairs) for latency in LATENCIES_MS]
        rows += _memory(settings, token, seconds)
        rows.append(_kills(settings, kills))
    return Measured(rows, NOTES)


class Adapter:
    """The scripted adapter as a process."""

    def __init__(self, latency_ms: float) -> None:
        """Start it."""
        self.port = free_port()
        command = [sys.executable, str(ADAPTER), "--port", str(self.port), "--latency-ms", str(latency_ms)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        wait_until(lambda: listens(self.port))

    def counted(self) -> tuple[int, float]:
        """Return how many requests reached the car, and when that was."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        count, at = self._process.stdout.readline().split()
        return int(count), float(at)

    def rate(self, seconds: float) -> float:
        """Return the requests a second over some time from now on."""
        before, began = self.counted()
        time.sleep(seconds)
        after, ended = self.counted()
        return (after - before) / (ended - began)

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@contextlib.contextmanager
def _adapter(latency_ms: float) -> Iterator[Adapter]:
    adapter = Adapter(latency_ms)
    try:
        yield adapter
    finally:
        adapter.close()


def _rate(settings: Settings, latency_ms: float, seconds: float, pairs: int) -> Row:
    ours, bare = [], []
    for number in range(pairs):
        with _adapter(latency_ms) as adapter:
            command = _agent(settings.home / f"rate-{latency_ms:g}-{number}", adapter, every=0)
            with _running(command, settings):
                wait_until(lambda adapter=adapter: adapter.counted()[0] > 20)  # type: ignore[misc]
                time.sleep(WARM_SECONDS)
                ours.append(adapter.rate(seconds))
        with _adapter(latency_ms) as adapter:
            bare.append(_bare(adapter, seconds))
    work = f"requests of the OBD agent to an adapter of {latency_ms:g} ms, to those of a bare client"
    return at_least(work, ratio(ours, bare), per_second("requests"), LEAST if latency_ms == LATENCIES_MS[0] else None)


def _bare(adapter: Adapter, seconds: float) -> float:
    """Ask without looking at the answers."""
    with socket.create_connection(("127.0.0.1", adapter.port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for setting in (b"ATE0\r", b"ATS0\r", b"ATL0\r", b"ATH1\r", b"0100\r"):
            _ask(line, setting)
        before, began = adapter.counted()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for request in REQUESTS:
                _ask(line, request)
        after, ended = adapter.counted()
    return (after - before) / (ended - began)


def _ask(line: socket.socket, request: bytes) -> None:
    line.sendall(request)
    while not line.recv(4096).endswith(b">"):
        pass


def _memory(settings: Settings, token: str, seconds: float) -> list[Row]:
    with _adapter(1.0) as adapter, running_api(settings) as api:
        command = _agent(settings.home / "memory", adapter, every=0.02, address=api, token=token)
        with _running(command, settings) as agent:
            until = time.monotonic() + WARM_SECONDS + seconds
            sizes = [_sizes(agent.pid)]
            while time.monotonic() < until:
                time.sleep(0.05)
                sizes.append(_sizes(agent.pid))
    pss, rss = (max(size[kind] for size in sizes) / 1e6 for kind in ("Pss", "Rss"))
    return [
        Row("memory of the OBD agent while it reads and sends", f"{pss:.1f} MB", reach=f"≤ {MOST_MB} MB",
            reached=pss <= MOST_MB),
        Row("with what it shares with other processes (RSS)", f"{rss:.1f} MB"),
    ]  # fmt: skip


def _sizes(pid: int) -> dict[str, int]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    return {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}


def _kills(settings: Settings, kills: int) -> Row:
    with owner(settings) as connection:
        device, token = add_device(connection, "killed car", "car")
    port = free_port()
    folder = settings.home / "killed"
    with _adapter(1.0) as adapter, (settings.home / "log" / "killed-car.log").open("ab") as log:
        agent = _agent(folder, adapter, every=0.02, address=f"http://127.0.0.1:{port}", token=token)
        commands = (agent, hub_command("api", "--port", str(port)))
        processes = [_started(command, settings, log) for command in commands]
        for kill in range(kills):
            queued = _queued(folder)
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"))
            wait_until(lambda queued=queued: _queued(folder) > queued)  # type: ignore[misc]
            time.sleep(random.uniform(0.0, 0.3))
            victim = kill % 2
            processes[victim].kill()
            processes[victim].wait()
            processes[victim] = _started(commands[victim], settings, log)
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"))
        processes[0].terminate()
        processes[0].wait()
        say(f"{kills} kills done …")
        sent = subprocess.run(
            hub_command("agent", "send", "--config", str(folder / "agent.toml")),
            env=hub_environment(settings), stdout=log, stderr=log,
        )  # fmt: skip
        processes[1].terminate()
        processes[1].wait()
    queued = _queued(folder)
    with owner(settings) as connection:
        found = connection.execute(statement("count_car_readings"), {"device_id": device}).fetchone() or {}
    exact = sent.returncode == 0 and found["rows"] == found["times"] == queued
    return Row(
        f"{queued:,} readings of the OBD agent through {kills} kills of it and the hub",
        f"{found['rows']:,} stored, {found['times']:,} different", reach="each once", reached=exact,
    )  # fmt: skip


def _queued(folder: Path) -> int:
    """Return how many readings ever were in a queue."""
    with contextlib.closing(sqlite3.connect(folder / "queue.db", timeout=30)) as queue:
        try:
            [count] = queue.execute(statement("count_queued")).fetchone()
        except sqlite3.OperationalError:
            return 0  # It has not been created yet.
    return int(count)


def _agent(
    folder: Path, adapter: Adapter, *, every: float, address: str = "http://127.0.0.1:9", token: str = "none"
) -> list[str]:  # fmt: skip
    """Write a configuration; return the command line of the agent."""
    folder.mkdir()
    sensors = ("battery", "temperature", "gpsd", "termux-battery", "termux-location", "termux-wifi", "termux-sensor")
    lines = [f'address = "{address}"', f'token = "{token}"', "[upload]", "every = 0", "readings = 5"]
    lines += ["[queue]", f"file = {json.dumps(str(folder / 'queue.db'))}"]
    lines += ["[obd]", f'adapter = "tcp://127.0.0.1:{adapter.port}"', f"every = {every}"]
    lines += [line for name in sensors for line in (f"[sensors.{name}]", "enabled = false")]
    (folder / "agent.toml").write_text("\n".join(lines), encoding="utf-8")
    return hub_command("agent", "obd", "--config", str(folder / "agent.toml"))


@contextlib.contextmanager
def _running(command: Sequence[str], settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    with (settings.home / "log" / "obd-agent.log").open("ab") as log:
        process = _started(command, settings, log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _started(command: Sequence[str], settings: Settings, log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, env=hub_environment(settings), stdout=log, stderr=log)
