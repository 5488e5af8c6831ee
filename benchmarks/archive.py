"""The archive: writing it, verifying it, and filling an empty hub from it."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hub_under_test import hub_command, hub_environment, owner, running_database
from measured import Measured
from peak_memory import Taken, run_watched
from phone_events import BATCH, properties
from progress import say
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr
from report import Row, per_second

from iot_hub.access.devices import add_device
from iot_hub.archive.run import run_archive
from iot_hub.archive.verify import verify_archive
from iot_hub.database.connections import owner_conninfo, url
from iot_hub.database.migrations import migrate
from iot_hub.database.queries import query
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.storage import to_sql_params
from iot_hub.settings import Settings

Done = TypeVar("Done")

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DEVICES = 10
LEAST_WRITTEN = 100_000
LEAST_VERIFIED = 200_000
MOST_BYTES = 60
MOST_MB = 250
LEAST_RESTORED = 1_000_000 / 60
NOTES = [
    "Archive: ten devices' events with the first beta's payload, an event of each a minute, every five minutes or a"
    " second, archived into a folder on the disk; verified (every key of the database, a sample of 20 objects);"
    " restored by a process into an empty hub, roll-ups included. Each once, by the clock. Memory: the highest resident"
    " set of a process `iot-hub archive run` that writes all of it, of `verify`, and of that `restore`.",
]


@dataclass(frozen=True)
class Profile:
    """How often each device reports, and how many events there are of all."""

    name: str
    step: int
    events: int
    least_restored: float | None = None


FULL = (
    Profile("an event a minute", 60, 1_000_000, LEAST_RESTORED),
    Profile("an event every 5 minutes", 300, 150_000),
    Profile("an event a second", 1, 1_000_000),
)
QUICK = (
    Profile("an event a minute", 60, 30_000, LEAST_RESTORED),
    Profile("an event every 5 minutes", 300, 10_000),
    Profile("an event a second", 1, 100_000),
)


def measure(*, quick: bool) -> Measured:
    """Write, verify and restore an archive of each profile."""
    return Measured([row for profile in (QUICK if quick else FULL) for row in _measure(profile)], NOTES)


def _measure(profile: Profile) -> Iterator[Row]:
    with running_database() as empty, _second_hub(empty) as settings:
        say(f"storing {profile.events:,} events, {profile.name} …")
        _fill(settings, profile)
        say("writing …")
        archived, seconds = _timed(lambda: run_archive(settings))
        _check(archived.events, profile)
        yield _rate("archive written", profile, profile.events / seconds, LEAST_WRITTEN)
        each = archived.bytes / archived.events
        reach = f"≤ {MOST_BYTES} bytes"
        yield Row(f"bytes an event in it, {profile.name}", f"{each:.1f}", reach=reach, reached=each <= MOST_BYTES)
        say("verifying …")
        verified, seconds = _timed(lambda: verify_archive(settings))
        _check(verified.events if not verified.problems else -1, profile)
        yield _rate("archive verified", profile, profile.events / seconds, LEAST_VERIFIED)
        say("restoring …")
        restoring = _watched(empty, settings.home / "archive", "restore")
        _check(json.loads(restoring.printed)["events"], profile)
        rate = profile.events / restoring.seconds
        yield _rate("archive restored, with roll-ups", profile, rate, profile.least_restored)
        yield _memory("restore", profile, restoring)
        yield _memory("verify", profile, _watched(settings, settings.home / "archive", "verify"))
        with owner(settings) as connection:
            connection.execute("DELETE FROM iot_personal_hub.archive_objects")
        yield _memory("run", profile, _watched(settings, settings.home / "again", "run"), MOST_MB)


@contextlib.contextmanager
def _second_hub(empty: Settings) -> Iterator[Settings]:
    """Make the hub that is archived, beside the empty one that its archive is restored into."""
    where = make_conninfo(owner_conninfo(empty, "iot-hub bench"), dbname="archived")
    with owner(empty) as admin:
        admin.execute("CREATE DATABASE archived")
        settings = empty.model_copy(update={"database_url": SecretStr(url(where))})
        migrate(settings)
        yield settings
        admin.execute("DROP DATABASE archived WITH (FORCE)")


def _fill(settings: Settings, profile: Profile) -> None:
    with owner(settings) as connection:
        for number in range(DEVICES):
            add_device(connection, f"bench {number}", "smartphone")
        with ThreadPoolExecutor(2) as pool:  # As many as the cores of the machine that the figures are for.
            list(pool.map(lambda device_id: _store(settings, profile, device_id), range(1, DEVICES + 1)))
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _store(settings: Settings, profile: Profile, device_id: int) -> None:
    first = int(START.timestamp())
    moments = range(first, first + profile.events // DEVICES * profile.step, profile.step)
    with owner(settings) as connection:
        for start in range(0, len(moments), BATCH):
            events = [
                StoredEvent(device_id, moment * 1_000_000, properties(moment + 7919 * device_id).encode(), "automate")
                for moment in moments[start : start + BATCH]
            ]
            connection.execute(query("store_events"), to_sql_params(events))


def _timed(work: Callable[[], Done]) -> tuple[Done, float]:
    started = time.perf_counter()
    done = work()
    return done, time.perf_counter() - started


def _check(events: int, profile: Profile) -> None:
    if events != profile.events:
        raise RuntimeError(f"{events:,} events were dealt with instead of {profile.events:,}")


def _rate(work: str, profile: Profile, rate: float, least: float | None) -> Row:
    write = per_second("events")
    reach, reached = ("–", None) if least is None else (f"≥ {write(least)}", rate >= least)
    return Row(f"{work}, {profile.name}", write(rate), reach=reach, reached=reached)


def _memory(command: str, profile: Profile, taken: Taken, most: int | None = None) -> Row:
    reach, reached = ("–", None) if most is None else (f"≤ {most} MB", taken.megabytes <= most)
    work = f"memory of `archive {command}`, {profile.name}"
    return Row(work, f"{taken.megabytes:.0f} MB", reach=reach, reached=reached)


def _watched(settings: Settings, folder: Path, command: str) -> Taken:
    """Run a command about the archive in a folder as a process of its own."""
    environment = {**hub_environment(settings), "IOT_HUB_ARCHIVE_FOLDER": str(folder)}
    if settings.database_url:
        environment["IOT_HUB_DATABASE_URL"] = settings.database_url.get_secret_value()
    return run_watched(hub_command("archive", command, "--json"), environment)
