"""Runs the base set of compose.yaml out of an image's folder, without a container engine."""

from __future__ import annotations

import contextlib
import ctypes
import json
import ssl
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import yaml
from containers import Containers, wait_until
from dockerfile import Image

ROLES = ("api", "worker", "dashboard")
EVENTS_A_SECOND = 100
CLONE_NEWNET = 0x40000000


def try_base_set(project: Path, image: Image, folder: Path, seconds: int) -> None:
    """Start the base set, store an event, and print what it took: cold start, memory at rest and at work."""
    # From here on nothing but this process and what it starts is on the network.
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "no network of its own")
    compose = yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))
    containers = Containers(compose, image, folder)
    containers.prepare(project / "scripts" / "make-secrets")
    with contextlib.ExitStack() as stack:
        began = time.monotonic()
        stack.enter_context(containers.database())
        containers.run("migrate")
        for name in ROLES:
            stack.enter_context(containers.running(name))
        for name in ("api", "dashboard"):
            wait_until(lambda name=name: containers.is_healthy(name))
        stack.enter_context(containers.running("nginx"))
        wait_until(lambda: get("/readyz") == 200)
        print(f"cold start to /readyz: {time.monotonic() - began:.1f} s", flush=True)
        for name in (*ROLES, "nginx"):
            wait_until(lambda name=name: containers.is_healthy(name))
        print("every health check says yes")
        token = json.loads(containers.execute("api", "device", "add", "phone", "--json"))["token"]
        print(f"the first event: {post(token, time.time())}")
        time.sleep(seconds)
        tell("at rest", containers)
        send(token, seconds)
        tell(f"after {seconds} s of {EVENTS_A_SECOND} events a second", containers)


def tell(when: str, containers: Containers) -> None:
    """Print the memory of the services (PSS), and their limits."""
    sizes = {name: sum(proportional_size(pid) for pid in family(process.pid)) / 1e6
             for name, process in containers.processes.items()}  # fmt: skip
    parts = (
        f"{name} {size:.0f} of {containers.compose['services'][name]['mem_limit']}" for name, size in sizes.items()
    )
    print(f"memory {when} (PSS): {sum(sizes.values()):.0f} MB: {', '.join(parts)}", flush=True)


def get(path: str) -> int:
    """Ask nginx, as a browser that accepts the first hour's certificate."""
    with contextlib.suppress(OSError), urllib.request.urlopen(f"https://127.0.0.1{path}", context=_ANY) as answer:
        return int(answer.status)
    return 0


def post(token: str, *times: float) -> str:
    """Send events of these times; give the receipt."""
    events = [{"device_timestamp": at, "properties": {"battery": {"remaining_percent": 50}}} for at in times]
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request("https://127.0.0.1/v1/events", json.dumps(events).encode(), headers)
    with urllib.request.urlopen(request, context=_ANY) as answer:
        return str(answer.read().decode())


def send(token: str, seconds: int) -> None:
    """Send a request of one event, this many times per second."""
    began = time.monotonic()
    for number in range(seconds * EVENTS_A_SECOND):
        time.sleep(max(0.0, began + number / EVENTS_A_SECOND - time.monotonic()))
        post(token, time.time() - 3600 + number / 1000)


def family(pid: int) -> Iterator[int]:
    """Yield a process and all its descendants."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text(encoding="ascii").split():
            yield from family(int(child))


def proportional_size(pid: int) -> int:
    """Return a process's memory in bytes, with shared memory divided among those who share it (PSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except ProcessLookupError:
        return 0  # It has just ended: PostgreSQL's autovacuum comes and goes.
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


_ANY = ssl._create_unverified_context()
