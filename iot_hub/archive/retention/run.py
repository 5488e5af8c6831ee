"""``retention run``: deletes expired raw events, after reading their archived copies.

1. Days with expired events are looked up. A day waits while the archive lacks an event of it or its roll-ups
   are stale.
2. Each day's objects are read from the store: SHA-256, then content. Only events that are found in
   them are deleted, a day in one transaction, which notes what was deleted.
3. Empty partitions of months that are over are dropped.

A crash leaves each day whole in one place or the other. Roll-ups, fixes and private hours stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import psycopg
from psycopg.rows import DictRow

from iot_hub.archive.object_store import ObjectStore, object_store
from iot_hub.archive.objects import BrokenObjectError
from iot_hub.archive.retention.due import DueDay, due_days
from iot_hub.archive.retention.expire import DayWaitsError, expire_day
from iot_hub.archive.retention.rules import list_rules
from iot_hub.archive.writing import writing_archive
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]
Progress = Callable[[int, int], None]

MAX_SILENCE = timedelta(days=60)
"""Longer without an event of any device, and the clock is probably wrong: everything would expire."""


@dataclass
class Expired:
    """What was deleted, or would be. Bytes are those of the rows, roughly.

    ``waiting`` names days that have to wait, ``problems`` days whose archived copy is broken.
    """

    days: int = 0
    events: int = 0
    bytes: int = 0
    partitions: int = 0
    waiting: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def count(self, events: int, size: int) -> None:
        """Add a day."""
        self.days += 1
        self.events += events
        self.bytes += size


def run_retention(settings: Settings, today: date | None = None, on_progress: Progress = lambda *_: None) -> Expired:
    """Delete what has expired; nothing without a rule. ``today`` is a UTC date.

    ``on_progress`` is called with days done and days in all. Safe to run at any time. Raises UserError while
    the archive is being written, ObjectStoreError where the storage fails; what was deleted by then is
    noted.
    """
    done = Expired()
    with writing_archive(settings) as connection:
        if _is_wanted(connection, now := today or datetime.now(UTC).date(), done):
            _expire_days(connection, object_store(settings), now, done, on_progress)
            done.partitions = _drop_partitions(connection, now)
    return done


def would_expire(settings: Settings, today: date | None = None) -> Expired:
    """Return what a run would delete now, if the archive is whole. Reads no object."""
    done = Expired()
    with connect(owner_conninfo(settings, "iot-hub retention")) as connection:
        if _is_wanted(connection, now := today or datetime.now(UTC).date(), done):
            for due in _ready(due_days(connection, now), done):
                done.count(due.events, due.bytes)
    return done


def _is_wanted(connection: Connection, today: date, done: Expired) -> bool:
    return bool(list_rules(connection)) and _clock_is_plausible(connection, today, done)


def _clock_is_plausible(connection: Connection, today: date, done: Expired) -> bool:
    row = connection.execute(query("newest_counted_day")).fetchone()
    newest = row["newest"] if row else None
    if newest is None or today - newest <= MAX_SILENCE:
        return True
    done.waiting.append(f"everything: the clock says {today}, but the newest event is of {newest}; is the clock right?")
    return False


def _ready(days: Sequence[DueDay], done: Expired) -> list[DueDay]:
    done.waiting += [_line(due, due.waits) for due in days if due.waits]
    return [due for due in days if not due.waits]


def _expire_days(connection: Connection, store: ObjectStore, today: date, done: Expired, on_progress: Progress) -> None:
    ready = _ready(due_days(connection, today), done)
    for number, due in enumerate(ready, 1):
        try:
            events = expire_day(connection, store, due.day, today)
        except DayWaitsError as error:
            done.waiting.append(_line(due, str(error)))
        except BrokenObjectError as error:
            done.problems.append(_line(due, f"{error}; nothing of it is deleted until 'iot-hub archive run --repair'"))
        else:
            done.count(events, due.bytes)
        on_progress(number, len(ready))


def _drop_partitions(connection: Connection, today: date) -> int:
    months = connection.execute(query("past_partitions"), {"today": today}).fetchall()
    dropped = [connection.execute(query("drop_empty_partition"), month).fetchone() for month in months]
    return sum(bool(row and row["drop_empty_partition"]) for row in dropped)


def _line(due: DueDay, why: str) -> str:
    return f"device {due.day.device_id}, {due.day.date}: {why}"
