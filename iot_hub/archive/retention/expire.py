"""Deletes the expired events of one day, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import psycopg
from psycopg.rows import DictRow

from iot_hub.archive.days import Day
from iot_hub.archive.events import digests_of, fold, mixed, summed
from iot_hub.archive.object_store import ObjectStore
from iot_hub.archive.objects import event_keys
from iot_hub.archive.stored_days import read_day
from iot_hub.database.queries import query
from iot_hub.errors import HubError

Connection = psycopg.Connection[DictRow]
Key = tuple[int, bytes]


class DayWaitsError(HubError):
    """A day's events can't be deleted yet; the message says why."""


def expire_day(connection: Connection, store: ObjectStore, day: Day, today: date) -> int:
    """Delete a day's expired events once its objects have been read; return how many.

    Roll-ups stay as they are. Raises BrokenObjectError where an object is not what was written, and
    DayWaitsError where an event is not in the archive or the roll-ups are stale.
    """
    archived: set[Key] = set()
    for read in read_day(connection, store, day):
        archived.update(event_keys(read.table, digests_of(read.table)))
    with connection.transaction():
        connection.execute(query("lock_refresh"), {"device_id": day.device_id})
        if _is_stale(connection, day):
            raise DayWaitsError("its roll-ups are stale")
        due = _due(connection, day, today)
        if not archived.issuperset(due):
            raise DayWaitsError("the archive does not hold all of its events")
        _delete(connection, day, due)
    return len(due)


def _due(connection: Connection, day: Day, today: date) -> list[Key]:
    rows = connection.execute(query("events_due"), {**day._asdict(), "today": today})
    return [(row["time"], row["digest"]) for row in rows]


def _delete(connection: Connection, day: Day, due: Sequence[Key]) -> None:
    if not due:
        return
    values = {**day._asdict(), "times": [time for time, _ in due], "digests": [digest for _, digest in due]}
    if connection.execute(query("delete_events"), values).rowcount != len(due):
        raise DayWaitsError("its events are changing right now")
    before = connection.execute(query("dropped_day"), day._asdict()).fetchone()
    prints = [fingerprint_of(due), *([before["fingerprint"]] if before else [])]
    events = len(due) + (before["events"] if before else 0)
    connection.execute(query("note_dropped_day"), {**day._asdict(), "events": events, "fingerprint": summed(prints)})
    connection.execute(query("publish_day"), day._asdict())


def fingerprint_of(keys: Sequence[Key]) -> bytes:
    """Return the fingerprint of a set of events, as the archive computes it."""
    halves = np.frombuffer(b"".join(digest for _, digest in keys), "<u8").reshape(-1, 2)
    return fold(mixed(np.array([time for time, _ in keys], np.int64), halves))


def _is_stale(connection: Connection, day: Day) -> bool:
    row = connection.execute(query("day_is_stale"), day._asdict()).fetchone()
    return bool(row and row["stale"])
