"""The agent on a small device: its memory while it sends, and what is stored when it and the hub are killed."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from hub_under_test import (
    answers,
    free_port,
    hub_command,
    hub_environment,
    owner,
    running,
    running_api,
    running_database,
    wait_until,
)
from measured import Measured
from progress import say
from report import Row
from statements import statement

from iot_hub.access.devices import add_device
from iot_hub.agent.queue import Queue
from iot_hub.agent.reading import Reading
from iot_hub.operations import nginx
from iot_hub.operations.nginx import certificate
from iot_hub.settings import Settings

FIRST_TIME = 1_767_225_600_000_000  # 2026-01-01
MOST_MB = 25
QUEUE_BYTES = 100_000_000
NOTES = [
    "Agent, memory: the largest proportional set size (PSS), and resident set size (RSS), of `iot-hub agent run` while"
    " it delivers its queue in batches of 500 readings of about 400 bytes to `iot-hub api`, looked at all the while;"
    " for HTTPS through nginx with the hub's own certificate.",
    "Agent, kills: readings wait in the queue while agent and API are killed by SIGKILL in turns, each at a random"
    " moment within 0.3 s of work, and started again; then both are left alone until nothing waits. Batches are of 5.",
]


@dataclass
class Device:
    """A device with an agent: its files, and the hub that it sends to."""

    folder: Path
    address: str
    token: str
    batch: int = 500
    trust: str = ""
    queue: Queue = field(init=False)

    def __post_init__(self) -> None:
        """Write the configuration, and make the queue."""
        self.folder.mkdir()
        file = json.dumps(str(self.folder / "queue.db"))
        lines = [f'address = "{self.address}"', f'token = "{self.token}"', self.trust]
        lines += ["[upload]", "every = 0", f"readings = {self.batch}", "[queue]", f"file = {file}"]
        (self.folder / "agent.toml").write_text("\n".join(lines), encoding="utf-8")
        self.queue = Queue(self.folder / "queue.db", QUEUE_BYTES)

    def command(self) -> list[str]:
        """Return the command line of the agent."""
        return hub_command("agent", "run", "--config", str(self.folder / "agent.toml"))


def measure(*, quick: bool) -> Measured:
    """Measure the memory, then kill."""
    readings, kills = (2_000, 10) if quick else (10_000, 100)
    with running_database() as settings:
        with owner(settings) as connection:
            _, token = add_device(connection, "bench", "smartphone")
        rows = _memory(settings, token, readings)
        rows.append(_kills(settings, token, readings, kills))
    return Measured(rows, NOTES)


def _memory(settings: Settings, token: str, readings: int) -> list[Row]:
    rows = []
    with running_api(settings) as api, _https(settings, api) as (secure, fingerprint):
        for name, address, trust in (("http", api, ""), ("https", secure, f'fingerprint = "{fingerprint}"')):
            device = Device(settings.home / name, address, token, trust=trust)
            device.queue.append(_readings(readings))
            with running(device.command(), settings, "agent") as agent:
                sizes = list(_sizes_until_sent(agent.pid, device.queue))
            pss, rss = (max(size[kind] for size in sizes) / 1e6 for kind in ("Pss", "Rss"))
            rows.append(
                Row(f"agent's memory while it sends over {name}", f"{pss:.1f} MB", reach=f"≤ {MOST_MB} MB",
                    reached=pss <= MOST_MB)
            )  # fmt: skip
            rows.append(Row("with what it shares with other processes (RSS)", f"{rss:.1f} MB"))
    return rows


def _kills(settings: Settings, token: str, readings: int, kills: int) -> Row:
    port = free_port()
    device = Device(settings.home / "killed", f"http://127.0.0.1:{port}", token, batch=5)
    commands = (device.command(), hub_command("api", "--port", str(port)))
    before, struck = _stored(settings), 0
    with (settings.home / "log" / "killed.log").open("ab") as log:
        processes = [_started(command, settings, log) for command in commands]
        for kill in range(kills):
            device.queue.append(_readings(readings // kills, first=readings + kill * (readings // kills)))
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"))
            time.sleep(random.uniform(0.0, 0.3))
            victim = kill % 2
            processes[victim].kill()
            processes[victim].wait()
            struck += device.queue.holds(1)
            processes[victim] = _started(commands[victim], settings, log)
        say(f"{kills} kills done, {struck} of them in the middle of a delivery …")
        wait_until(lambda: device.queue.stats().readings == 0, 300)
        for process in processes:
            process.terminate()
            process.wait()
    rows, different = (now - then for now, then in zip(_stored(settings), before, strict=True))
    exact = rows == different == readings and not device.queue.rejected()
    return Row(
        f"{readings:,} readings through {kills} kills of agent and hub, {struck} while something was being sent",
        f"{rows:,} stored, {different:,} different", reach="each once", reached=exact,
    )  # fmt: skip


def _started(command: list[str], settings: Settings, log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, env=hub_environment(settings), stdout=log, stderr=log)


@contextlib.contextmanager
def _https(settings: Settings, api: str) -> Iterator[tuple[str, str]]:
    secure = settings.model_copy(update={"tls": "self-signed", "port": free_port(), "host": "127.0.0.1"})
    pair = certificate.renewed(secure)
    file = nginx.write(secure, nginx.Upstreams(api.removeprefix("http://"), f"127.0.0.1:{free_port()}"))
    with running(nginx.command(file), secure, "nginx"):
        yield f"https://127.0.0.1:{secure.port}", certificate.fingerprint(pair.certificate)


def _readings(count: int, first: int = 0) -> list[Reading]:
    """Make readings as a phone has them: a battery, a position, and both as they came."""
    return [
        Reading(
            FIRST_TIME + number * 1_000_000, {"battery": battery, "location": place, "termux": {**battery, **place}}
        )
        for number in range(first, first + count)
        for battery in [{"remaining_percent": number % 100, "temperature_C": 28.7, "voltage_V": 3.859}]
        for place in [{"latitude": 52.23, "longitude": round(21 + number / 1e6, 6), "fix_accuracy_m": 14.5}]
    ]


def _sizes_until_sent(pid: int, queue: Queue) -> Iterator[dict[str, int]]:
    while queue.stats().readings:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
        yield {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}


def _stored(settings: Settings) -> tuple[int, int]:
    with owner(settings) as connection:
        found = connection.execute(statement("count_readings")).fetchone() or {}
    return found["rows"], found["readings"]
