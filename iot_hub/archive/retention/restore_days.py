"""Restores dropped days from the archive, so that what came late is counted with the rest.

1. The day's objects are read.
2. In one transaction: no refresh of the device is running; the deleted events are stored as they were, id and
   time of arrival included; the day no longer counts as dropped.

After that its stale hours are refreshed as usual. The next retention run drops the day again, once the archive
holds the late event too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg.rows import DictRow

from iot_hub.archive.days import Day
from iot_hub.archive.events import digests_of, write_copied
from iot_hub.archive.object_store import ObjectStore, object_store
from iot_hub.archive.objects import BrokenObjectError
from iot_hub.archive.stored_days import ReadObject, objects_of_day, read_day
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]
Progress = Callable[[int, int], None]


@dataclass
class RestoredDays:
    """What was restored; ``problems`` names the days that could not be."""

    days: int = 0
    events: int = 0
    problems: list[str] = field(default_factory=list)


def restore_days(settings: Settings, on_progress: Progress = lambda *_: None) -> RestoredDays:
    """Restore every dropped day with stale hours. Raises ObjectStoreError where the storage fails."""
    done = RestoredDays()
    with connect(owner_conninfo(settings, "iot-hub retention")) as connection:
        rows = connection.execute(query("days_to_restore")).fetchall()
        days = [Day(row["device_id"], row["date"]) for row in rows]
        store = object_store(settings) if days else None
        for number, day in enumerate(days, 1):
            assert store  # noqa: S101 - there are days
            _restore_day(connection, store, day, done)
            on_progress(number, len(days))
    return done


def _restore_day(connection: Connection, store: ObjectStore, day: Day, done: RestoredDays) -> None:
    try:
        objects = read_day(connection, store, day)
        with connection.transaction():
            connection.execute(query("lock_refresh"), {"device_id": day.device_id})
            events = _restore_events(connection, day, objects)
    except BrokenObjectError as error:
        done.problems.append(f"device {day.device_id}, {day.date} can't be restored: {error}")
        return
    if events is not None:
        done.days += 1
        done.events += events


def _restore_events(connection: Connection, day: Day, objects: Sequence[ReadObject]) -> int | None:
    """Store the deleted events; return None where the day is no longer dropped, or is being written to."""
    dropped = connection.execute(query("dropped_day"), day._asdict()).fetchone()
    if not dropped or objects_of_day(connection, day) != [each.object for each in objects]:
        return None
    if sum(each.object.events for each in objects) < dropped["events"]:
        raise BrokenObjectError(f"the archive notes fewer than its {dropped['events']} dropped events")
    ends = [moment for each in objects for moment in (each.object.min_time, each.object.max_time)]
    connection.execute(query("ensure_partitions"), {"instants": ends})
    connection.execute(query("create_restored_events"))
    with connection.cursor() as cursor, cursor.copy(query("copy_restored_events")) as copy:
        for each in objects:
            copy.write(write_copied(each.table, digests_of(each.table)))
    events = connection.execute(query("restore_events")).rowcount
    connection.execute(query("delete_dropped_day"), day._asdict())
    return events
