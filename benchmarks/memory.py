"""How much memory the whole hub takes: idle, and while phones report."""

from __future__ import annotations

import http.client
import itertools
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from hub_under_test import answers, free_port, hub_command, owner, running, scratch_home
from measured import Measured
from phone_events import properties
from progress import say
from report import Row

from iot_hub.access.devices import add_device
from iot_hub.settings import Settings

MOST_IDLE_MB = 350
MOST_BUSY_MB = 600
DEVICES = 10
EVENTS_A_SECOND = 100
FIRST_EVENT = 1_767_225_600  # 2026-01-01
NOTES = [
    "Memory: `iot-hub up` without visitors; the sum of the proportional set sizes (PSS) of all its processes, so that"
    " what they share counts once. Idle: without devices, one minute after it was ready. Under load: the largest sum"
    f" of one look a second while {DEVICES} devices together send {EVENTS_A_SECOND} events a second through nginx for"
    " five minutes, each event of about 450 bytes a request of its own, the worker rolling up.",
]


def measure(*, quick: bool) -> Measured:
    """Start the hub, wait, add up; then send, and add up all the while."""
    with scratch_home() as home:
        settings = Settings(home=home, port=free_port(), time_zone="UTC", database_url=None)
        (home / "log").mkdir()
        ready = f"http://127.0.0.1:{settings.port}/readyz"
        with running(hub_command("up"), settings, "up", ready=lambda: answers(ready)) as hub:
            pause = 5 if quick else 60
            say(f"the idle hub, after {pause} s …")
            time.sleep(pause)
            idle = _sizes(hub.pid)
            say(f"the same hub, {EVENTS_A_SECOND} events a second …")
            busy = max(_sizes_while_phones_report(hub.pid, settings, 10 if quick else 300), key=Counter.total)
    return Measured(
        [
            *_rows("memory of the idle hub", idle, MOST_IDLE_MB),
            *_rows(f"memory of the hub under {EVENTS_A_SECOND} events a second", busy, MOST_BUSY_MB),
        ],
        NOTES,
    )


def _rows(what: str, sizes: Counter[str], most: int) -> Iterator[Row]:
    megabytes = sizes.total() / 1e6
    yield Row(what, f"{megabytes:.0f} MB", reach=f"≤ {most} MB", reached=megabytes <= most)
    for name, size in sizes.most_common():
        yield Row(f"of it: {name}", f"{size / 1e6:.0f} MB")


def _sizes_while_phones_report(pid: int, settings: Settings, seconds: int) -> Iterator[Counter[str]]:
    """Send steadily, and add up once a second. Raises RuntimeError where an event is refused or the pace not kept."""
    with owner(settings) as connection:
        tokens = [add_device(connection, f"bench {number}", "smartphone")[1] for number in range(DEVICES)]
    front = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=60)
    started = time.monotonic()
    for number, token in zip(range(seconds * EVENTS_A_SECOND), itertools.cycle(tokens), strict=False):
        _post(front, token, FIRST_EVENT + number // DEVICES)
        if (number + 1) % EVENTS_A_SECOND == 0:
            yield _sizes(pid)
        time.sleep(max(0.0, started + (number + 1) / EVENTS_A_SECOND - time.monotonic()))
    front.close()
    if time.monotonic() - started > seconds * 1.05:
        raise RuntimeError(f"the hub took {time.monotonic() - started:.0f} s for what was to be sent in {seconds} s")


def _post(front: http.client.HTTPConnection, token: str, moment: int) -> None:
    body = f'{{"device_timestamp":{moment},"properties":{properties(moment)}}}'
    front.request("POST", "/v1/events", body, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    answer = front.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"an event was answered {answer.status}: {text[:200]!r}")


def _sizes(pid: int) -> Counter[str]:
    sizes: Counter[str] = Counter()
    for member in _family(pid):
        command = Path(f"/proc/{member}/cmdline").read_text(errors="replace").split("\0")
        sizes[_part(command)] += _proportional_size(member)
    return sizes


def _family(pid: int) -> Iterator[int]:
    """Yield a process and all its descendants."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text(encoding="ascii").split():
            yield from _family(int(child))


def _part(command: list[str]) -> str:
    """Name the part of the hub that a process belongs to."""
    line = " ".join(command)
    if line.startswith("postgres:") or "/postgres " in line:
        return "PostgreSQL"
    if "streamlit" in line:
        return "dashboard"
    if line.startswith("nginx:") or "nginx" in line.partition(" ")[0]:
        return "nginx"
    return "iot-hub " + (line.partition(" iot_hub ")[2] or line).partition(" ")[0]


def _proportional_size(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except ProcessLookupError:
        return 0  # It has just ended: PostgreSQL's autovacuum comes and goes.
    kilobytes = next(line.split()[1] for line in lines if line.startswith("Pss:"))
    return int(kilobytes) * 1024
