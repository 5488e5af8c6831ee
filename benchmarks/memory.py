"""How much memory the whole idle hub takes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from hub_under_test import answers, free_port, hub_command, running, scratch_home
from measured import Measured
from progress import say
from report import Row

from iot_hub.settings import Settings

MOST_MB = 400
NOTES = [
    "Memory: `iot-hub up` without devices and visitors; the sum of the proportional set sizes (PSS) of all its"
    " processes, so that what they share counts once; one minute after it was ready.",
]


def measure(*, quick: bool) -> Measured:
    """Start the hub, wait, and add up."""
    with scratch_home() as home:
        settings = Settings(home=home, port=free_port(), time_zone="UTC", database_url=None)
        (home / "log").mkdir()
        ready = f"http://127.0.0.1:{settings.port}/readyz"
        with running(hub_command("up"), settings, "up", ready=lambda: answers(ready)) as hub:
            pause = 5 if quick else 60
            say(f"the idle hub, after {pause} s …")
            time.sleep(pause)
            sizes = _sizes(hub.pid)
    megabytes = sum(sizes.values()) / 1e6
    rows = [Row("memory of the idle hub", f"{megabytes:.0f} MB", reach=f"≤ {MOST_MB} MB", reached=megabytes <= MOST_MB)]
    rows += [Row(f"of it: {name}", f"{size / 1e6:.0f} MB") for name, size in sizes.most_common()]
    return Measured(rows, NOTES)


def _sizes(pid: int) -> Counter[str]:
    sizes: Counter[str] = Counter()
    for member in _family(pid):
        command = Path(f"/proc/{member}/cmdline").read_text(errors="replace").split("\0")
        sizes[_part(command)] += _proportional_size(member)
    return sizes


def _family(pid: int) -> Iterator[int]:
    """Give a process and all that descend from it."""
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
