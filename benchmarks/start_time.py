"""How long ``iot-hub up`` takes to be ready to store."""

from __future__ import annotations

import statistics
import time

from hub_under_test import answers, free_port, hub_command, running, scratch_home
from measured import Measured
from progress import say
from report import Row

from iot_hub.settings import Settings

MOST_SECONDS = 6
NOTES = [
    "Start: `iot-hub up` in a state folder that exists, to the first 200 from `/readyz` through nginx; each time"
    " it was stopped by SIGTERM before and had ended.",
]


def measure(*, quick: bool) -> Measured:
    """Start it once to make the state folder, then again and again."""
    with scratch_home() as home:
        settings = Settings(home=home, port=free_port(), time_zone="UTC", database_url=None)
        (home / "log").mkdir()
        _start(settings)
        starts = []
        for _ in range(1 if quick else 5):
            starts.append(_start(settings))
            say(f"ready after {starts[-1]:.2f} s")
    seconds = statistics.median(starts)
    return Measured(
        [
            Row(
                "start of an installed hub to /readyz", f"{seconds:.2f} s",
                ratio=f"({min(starts):.2f} s to {max(starts):.2f} s)",
                reach=f"≤ {MOST_SECONDS} s", reached=seconds <= MOST_SECONDS,
            )
        ],
        NOTES,
    )  # fmt: skip


def _start(settings: Settings) -> float:
    ready = f"http://127.0.0.1:{settings.port}/readyz"
    started = time.perf_counter()
    with running(hub_command("up"), settings, "up", ready=lambda: answers(ready)):
        return time.perf_counter() - started
