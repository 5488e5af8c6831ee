"""Importing years of history from a file on the disk into PostgreSQL, as ``iot-hub import`` does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from history_files import FILES
from hub_under_test import hub_command, hub_environment, owner, running_database
from measured import Measured
from peak_memory import run_watched
from progress import say
from report import Row, per_second
from statements import statement

from iot_hub.access.devices import add_device
from iot_hub.settings import Settings

LEAST = 50_000
MOST_MB = 200
NOTES = [
    "Imports: `iot-hub import` of one file on the disk, a process of its own from its start to its end, `fsync` on,"
    " every event checked for being known; roll-ups follow when the worker runs. The file's pages are in"
    " the machine's memory. Memory: the highest resident set of that process.",
]


@dataclass(frozen=True)
class Sizes:
    """How many points each file holds, and how often each is imported."""

    points: int
    rounds: int


FULL = Sizes(1_000_000, 3)
QUICK = Sizes(30_000, 1)


def measure(*, quick: bool) -> Measured:
    """Import a file of each format into devices of its own."""
    sizes = QUICK if quick else FULL
    with running_database() as settings:
        rows = [
            row for name, (format, write) in FILES.items() for row in _measure(settings, name, format, write, sizes)
        ]
    return Measured(rows, NOTES)


def _measure(
    settings: Settings, name: str, format: str, write: Callable[[Path, int], None], sizes: Sizes
) -> Iterator[Row]:
    file = settings.home / format
    write(file, sizes.points)
    rates, megabytes = [], []
    for number in range(sizes.rounds):
        say(f"{name}, {sizes.points:,} points, {number + 1} of {sizes.rounds} …")
        with owner(settings) as connection:
            device_id, _ = add_device(connection, f"{name} {number}", "smartphone")
        seconds, memory = _import(settings, format, file, device_id)
        _check(settings, device_id, sizes.points)
        rates.append(sizes.points / seconds)
        megabytes.append(memory)
    file.unlink()
    rate, most = sorted(rates)[len(rates) // 2], max(megabytes)
    events = per_second("points")
    yield Row(f"import of {name}", events(rate), reach=f"≥ {events(LEAST)}", reached=rate >= LEAST)
    yield Row(f"memory of it, {name}", f"{most:.0f} MB", reach=f"≤ {MOST_MB} MB", reached=most <= MOST_MB)


def _import(settings: Settings, format: str, file: Path, device_id: int) -> tuple[float, float]:
    """Return the seconds and the megabytes that an import takes."""
    command = hub_command("import", format, str(file), "--device", str(device_id))
    taken = run_watched(command, hub_environment(settings))
    return taken.seconds, taken.megabytes


def _check(settings: Settings, device_id: int, points: int) -> None:
    with owner(settings) as connection:
        row = connection.execute(statement("count_events"), {"device_id": device_id}).fetchone()
    if not row or row["events"] != points:
        raise RuntimeError(f"{row} events were stored instead of {points:,}")
