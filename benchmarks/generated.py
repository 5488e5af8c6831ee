"""Databases full of generated events, made inside the server."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from hub_under_test import owner
from progress import say
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr
from statements import statement

from iot_hub.database.connections import owner_conninfo, url
from iot_hub.database.migrations import migrate
from iot_hub.settings import Settings

CHUNK = dt.timedelta(days=7)


@dataclass(frozen=True)
class History:
    """What to generate: each device has one event every step, up to an end."""

    devices: int
    events: int
    step: dt.timedelta
    end: dt.datetime

    @property
    def start(self) -> dt.datetime:
        """The instant of the first event."""
        return self.end - self.step * (self.events // self.devices)


@contextlib.contextmanager
def database_with(settings: Settings, name: str, history: History) -> Iterator[Settings]:
    """Make a database of the hub beside its first, with a history in it; drop it afterwards."""
    with empty_database(settings, name) as own:
        _fill(own, name, history)
        yield own


@contextlib.contextmanager
def empty_database(settings: Settings, name: str) -> Iterator[Settings]:
    """Make a database of the hub beside its first; drop it afterwards."""
    where = owner_conninfo(settings, "iot-hub bench")
    with owner(settings) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        own = settings.model_copy(update={"database_url": SecretStr(url(make_conninfo(where, dbname=name)))})
        migrate(own)
        yield own
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def publish(settings: Settings, *, published: bool = True) -> float:
    """Publish every device, or withdraw them; return how many seconds it took until nothing was due any more."""
    with owner(settings) as connection:
        started = time.perf_counter()
        connection.execute(statement("publish_devices"), {"published": published})
        while (connection.execute(statement("publish_due_hours")).fetchone() or {"hours": 0})["hours"]:
            pass
        return time.perf_counter() - started


def _fill(settings: Settings, name: str, history: History) -> None:
    say(f"{name}: generating {history.events:,} events …")
    with owner(settings) as connection:
        connection.execute(statement("make_partitions"), {"from": history.start, "to": history.end})
        connection.execute(statement("add_devices"), {"devices": history.devices})
        middle = history.start + history.step * (history.events // history.devices // 2)
        with ThreadPoolExecutor(2) as pool:  # As many as the cores of the machine that the figures are for.
            halves = [(history.start, middle), (middle, history.end)]
            stored = sum(pool.map(lambda half: _generate(settings, history, *half), halves))
        if stored != history.events:
            raise RuntimeError(f"{stored:,} events were generated instead of {history.events:,}")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _generate(settings: Settings, history: History, start: dt.datetime, end: dt.datetime) -> int:
    stored = 0
    # Whole steps, so that each chunk goes on where the last one ended.
    chunk = history.step * (CHUNK // history.step)
    with owner(settings) as connection:
        while start < end:
            until = min(start + chunk, end)
            values = {"from": start, "to": until, "step": history.step, "devices": history.devices}
            stored += connection.execute(statement("generate_events"), values).rowcount
            start = until
    return stored
