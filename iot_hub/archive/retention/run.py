"""``retention run``: drops raw events that are past their time, after a look at their archived copies.

1. Days with events that the rules let go are looked up. A day waits while the archive lacks an event
   of it or its roll-ups are not made.
2. Each day's objects are read from the store: SHA-256, then content. Only events that are found in
   them are deleted, a day in one transaction, which notes what is gone.
3. Partitions that are left empty, of months that are over, are dropped.

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
from iot_hub.archive.retention.drop import DayWaitsError, drop_day
from iot_hub.archive.retention.due import DueDay, due_days
from iot_hub.archive.retention.rules import list_rules
from iot_hub.archive.writing import writing_archive
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]
Progress = Callable[[int, int], None]

BELIEVABLE = timedelta(days=60)
"""So long nothing may have come from any device. More, and rather the clock is wrong: it would drop everything."""


@dataclass
class Dropped:
    """What was dropped, or would be. Bytes are those of the rows, roughly.

    ``waiting`` names days whose turn has not come, ``problems`` days whose archived copy is broken.
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


def run_retention(settings: Settings, today: date | None = None, on_progress: Progress = lambda *_: None) -> Dropped:
    """Drop what the rules let go; nothing without a rule. ``today`` is a UTC date.

    ``on_progress`` is told days done and days in all. Safe to run at any time. Raises UserError while
    the archive is being written, ObjectStoreError where the storage fails; what is dropped by then is
    noted.
    """
    done = Dropped()
    with writing_archive(settings) as connection:
        if _is_wanted(connection, now := today or datetime.now(UTC).date(), done):
            _drop_days(connection, object_store(settings), now, done, on_progress)
            done.partitions = _drop_partitions(connection, now)
    return done


def would_drop(settings: Settings, today: date | None = None) -> Dropped:
    """Tell what a run would drop now, if the archive is whole. Reads no object."""
    done = Dropped()
    with connect(owner_conninfo(settings, "iot-hub retention")) as connection:
        if _is_wanted(connection, now := today or datetime.now(UTC).date(), done):
            for due in _ready(due_days(connection, now), done):
                done.count(due.events, due.bytes)
    return done


def _is_wanted(connection: Connection, today: date, done: Dropped) -> bool:
    return bool(list_rules(connection)) and _clock_is_believable(connection, today, done)


def _clock_is_believable(connection: Connection, today: date, done: Dropped) -> bool:
    row = connection.execute(query("newest_counted_day")).fetchone()
    newest = row["newest"] if row else None
    if newest is None or today - newest <= BELIEVABLE:
        return True
    done.waiting.append(f"everything: the clock says {today}, but the newest event is of {newest}; is the clock right?")
    return False


def _ready(days: Sequence[DueDay], done: Dropped) -> list[DueDay]:
    done.waiting += [_line(due, due.waits) for due in days if due.waits]
    return [due for due in days if not due.waits]


def _drop_days(connection: Connection, store: ObjectStore, today: date, done: Dropped, on_progress: Progress) -> None:
    ready = _ready(due_days(connection, today), done)
    for number, due in enumerate(ready, 1):
        try:
            events = drop_day(connection, store, due.day, today)
        except DayWaitsError as error:
            done.waiting.append(_line(due, str(error)))
        except BrokenObjectError as error:
            done.problems.append(_line(due, f"{error}; nothing of it is dropped until 'iot-hub archive run --repair'"))
        else:
            done.count(events, due.bytes)
        on_progress(number, len(ready))


def _drop_partitions(connection: Connection, today: date) -> int:
    months = connection.execute(query("past_partitions"), {"today": today}).fetchall()
    gone = [connection.execute(query("drop_empty_partition"), month).fetchone() for month in months]
    return sum(bool(row and row["drop_empty_partition"]) for row in gone)


def _line(due: DueDay, why: str) -> str:
    return f"device {due.day.device_id}, {due.day.date}: {why}"
