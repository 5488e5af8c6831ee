"""Small requests that become much: whatever a body unpacks to, the owner gets in, and memory stays bounded.

Each body is within the bytes that one may have. As it was, two of 429 bytes kept everybody out of the dashboard for ten
minutes, and one of 7.8 kB took the API from 60 to 1,602 MB.
"""

from __future__ import annotations

import gzip
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from events import Connection, rows
from free_ports import free_ports
from login_world import process
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.settings import Settings

pytestmark = pytest.mark.hub

TIME = 1755861753
MEGABYTE = 1_000_000
MOST_MEMORY = 150 * MEGABYTE
MOST_WORK_BEFORE_A_LOGIN = 1.0
"""Seconds of processor time, so that other programs of a busy machine do not count: 0.33 at most in three runs."""
QUARANTINE = "SELECT source, reason, items, times, payload FROM iot_personal_hub.quarantine ORDER BY id"


def array(item: bytes, count: int) -> bytes:
    return b"[" + b",".join([item] * count) + b"]"


def keys(count: int) -> bytes:
    return b",".join(b'"k%d":1' % number for number in range(count))


def sparse(readings: int, own_keys: int) -> bytes:
    """Readings of one stream and one second, none of which has a key of another's."""
    parts = [
        b'{"name":"a","time":1,"values":{%b}}' % b",".join(b'"%d_%d":1' % (at, key) for key in range(own_keys))
        for at in range(readings)
    ]
    return b'{"payload":[' + b",".join(parts) + b"]}"


def reading(inner: bytes) -> bytes:
    return b'{"device_timestamp":%d,"properties":{"a":%b}}' % (TIME, inner)


BODIES: dict[str, tuple[str, bytes]] = {
    # Far more items than a body may have.
    "array of nothing": ("/v1/events", array(b"{}", 200_000)),
    "as many as 8 MB hold": ("/v1/events", array(b"{}", 2_600_000)),
    "numbers": ("/v1/events", array(b"1", 3_900_000)),
    "lines": ("/v1/events", b"{}\n" * 2_600_000),
    "one after the other": ("/v1/events", b"{}" * 3_900_000),
    "first beta": ("/mobile_location", array(b"{}", 2_600_000)),
    "owntracks": ("/owntracks", array(b"[]", 2_600_000)),
    "overland": ("/overland", b'{"locations":' + array(b"{}", 2_600_000) + b"}"),
    "sensorlogger": ("/sensorlogger", b'{"payload":' + array(b"{}", 2_600_000) + b"}"),
    "gpslogger": ("/gpslogger", array(b"{}", 2_600_000)),
    "osmand": ("/osmand", array(b"{}", 2_600_000)),
    "homeassistant": ("/homeassistant", array(b"{}", 2_600_000)),
    # As many as it may have, none of them an event.
    "allowed array": ("/v1/events", array(b"{}", 19_900)),
    "allowed lines": ("/v1/events", b"{}\n" * 19_900),
    "allowed owntracks": ("/owntracks", array(b"[]", 19_900)),
    "allowed overland": ("/overland", b'{"locations":' + array(b"{}", 19_900) + b"}"),
    "allowed sensorlogger": ("/sensorlogger", b'{"payload":' + array(b"{}", 19_900) + b"}"),
    "allowed osmand": ("/osmand", array(b"{}", 19_900)),
    # One event of many values.
    "empty lists": ("/v1/events", reading(array(b"[]", 2_600_000))),
    "objects": ("/v1/events", reading(array(b'{"a":1}', 990_000))),
    "keys": ("/v1/events", reading(b"{" + keys(700_000) + b"}")),
    "owntracks keys": ("/owntracks", b'{"_type":"location",' + keys(700_000) + b"}"),
    "texts": ("/v1/events", reading(array(b'"ab"', 1_500_000))),
    "deep": ("/v1/events", reading(array(b"[" * 60 + b"]" * 60, 60_000))),
    "too deep": ("/v1/events", b"[" * 7_900_000),
    "long number": ("/v1/events", reading(b"9" * 7_900_000)),
    "sensors": (
        "/homeassistant", b'{"type":"update_sensor_states","data":' + array(b'{"unique_id":"a"}', 400_000) + b"}"
    ),
    # What a parser makes more of.
    "sparse columns": ("/sensorlogger", sparse(19_000, 5)),
    "shared fields": (
        "/osmand",
        b'{"f":"' + b"x" * 3_900_000 + b'","location":' + array(b'{"coords":{}}', 19_000) + b"}",
    ),
    # What only the database refuses.
    "not storable": ("/v1/events", array(reading(b"1e-99999"), 19_000)),
}  # fmt: skip


@dataclass
class Watched:
    """What was seen of an API during an attack: its work before each answer to the owner, in seconds of processor time."""

    work: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    memory: int = 0


def memory_of(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def work_of(pid: int) -> float:
    """Return the processor time of a process, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def watching(url: str, pid: int) -> Iterator[Watched]:
    """Look at login, session and readiness again and again, and at the memory."""
    seen, ended = Watched(), threading.Event()

    def look() -> None:
        with httpx.Client(base_url=url, timeout=30) as browser:
            while not ended.wait(0.02):
                for path in ("/login", "/session", "/readyz"):
                    before = work_of(pid)
                    seen.statuses[browser.get(path).status_code] += 1
                    seen.work.append(work_of(pid) - before)

    def weigh() -> None:
        while not ended.wait(0.05):
            seen.memory = max(seen.memory, memory_of(pid))

    with ThreadPoolExecutor(2) as threads:
        looking = [threads.submit(look), threads.submit(weigh)]
        try:
            yield seen
        finally:
            ended.set()
    for done in looking:
        done.result()


@dataclass(frozen=True)
class Api:
    url: str
    pid: int
    tokens: list[str]

    def post(self, path: str, body: bytes, device: int = 0, **headers: str) -> httpx.Response:
        headers = {"X-API-Key": self.tokens[device], **headers}
        return httpx.post(self.url + path, headers=headers, content=body, timeout=120)


@pytest.fixture
def api(settings: Settings, owner: Connection, tmp_path: Path) -> Iterator[Api]:
    tokens = [add_device(owner, f"phone {number}", "smartphone")[1] for number in range(3)]
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "iot_hub", "api", "--port", str(port)]
    with process(command, settings, tmp_path / "api.log", f"{url}/healthz") as running:
        api = Api(url, running.pid, tokens)
        wait_until(lambda: api.post("/v1/events", b"[]", 2).status_code == 200)
        yield api


def attack(api: Api, bodies: list[tuple[str, bytes]], together: int) -> Counter[int]:
    """Send bodies, many at once, from two devices; count the answers."""
    answers: Counter[int] = Counter()
    pause = threading.Event()

    def send(at: int, path: str, body: bytes) -> None:
        headers = {"X-API-Key": api.tokens[at % 2], "Content-Encoding": "gzip"}
        while (status := sender.post(path, headers=headers, content=body).status_code) == 503:
            answers[status] += 1
            # Ten times as often as the hub asks for, and no oftener: this process shares the hub's processors.
            pause.wait(0.1)
        answers[status] += 1

    with ThreadPoolExecutor(together) as threads, httpx.Client(base_url=api.url, timeout=120) as sender:
        for done in [threads.submit(send, at, *one) for at, one in enumerate(bodies)]:
            done.result()
    return answers


@pytest.mark.timeout(300)
def test_small_requests_that_unpack_to_much_keep_nobody_out(api: Api, owner: Connection) -> None:
    packed = [(path, gzip.compress(body, 1)) for path, body in BODIES.values()]
    with watching(api.url, api.pid) as quiet:
        wait_until(lambda: len(quiet.work) >= 100)
    with watching(api.url, api.pid) as seen:
        answers = attack(api, packed, together=10)
        # Who sends little is served meanwhile.
        assert api.post("/v1/events", reading(b"1"), 2).status_code == 200
    print(
        f"memory {quiet.memory} -> {seen.memory}, work {max(quiet.work)} -> {max(seen.work)} s, {answers}, {seen.statuses}"
    )
    assert set(answers) <= {200, 413, 422, 503}
    assert 503 not in seen.statuses
    assert seen.memory < MOST_MEMORY
    assert max(seen.work) < MOST_WORK_BEFORE_A_LOGIN
    assert len(rows(owner, QUARANTINE)) < len(BODIES)
