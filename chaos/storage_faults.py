"""Faults of the object storage, while runs of the archive write to it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from random import Random

import psycopg

from chaos.faults import END_SECONDS, World, outage
from chaos.storage import Mode
from chaos.waiting import wait_for
from iot_hub.archive.run import run_archive
from iot_hub.errors import HubError
from iot_hub.settings import Settings

BETWEEN_RUNS_SECONDS = 0.5


def object_store_down(world: World, random: Random) -> None:
    """Cut every connection to the object storage."""
    _break(world, random, "refuse")


def object_store_slow(world: World, random: Random) -> None:
    """Delay every answer of the object storage."""
    _break(world, random, "slow")


def object_store_lying(world: World, random: Random) -> None:
    """Confirm every object to the hub, and store half of it, or nothing."""
    _break(world, random, random.choice(("truncate", "forget")))


def _break(world: World, random: Random, mode: Mode) -> None:
    """Break it from somewhere in a run to somewhere in another, and until something was hit."""
    with _archiving(world.hub.settings):
        time.sleep(random.uniform(0, 0.5))
        before = world.storage.harmed
        with world.storage.broken(mode):
            time.sleep(outage(world, random))
            wait_for(lambda: world.storage.harmed > before, END_SECONDS, "a run writes to the object storage")


@contextlib.contextmanager
def _archiving(settings: Settings) -> Iterator[None]:
    """Run the archive again and again around a block."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(BETWEEN_RUNS_SECONDS):
            # Another fault may have taken the database. What fails now, the next run makes up for.
            with contextlib.suppress(HubError, psycopg.Error):
                run_archive(settings)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
