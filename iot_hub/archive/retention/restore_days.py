"""Brings a dropped day back from the archive, so that what came late is counted with the rest.

1. The day's objects are read.
2. In one transaction: no refresh of the device goes on; the events that are gone are stored as they
   were, id and time of arrival included; the day counts as dropped no more.

After that its stale hours are refreshed as ever. The next retention drops the day again, once the
archive holds the late event too.
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
class BroughtBack:
    """What was brought back; ``problems`` names the days that could not be."""

    days: int = 0
    events: int = 0
    problems: list[str] = field(default_factory=list)


def bring_back(settings: Settings, on_progress: Progress = lambda *_: None) -> BroughtBack:
    """Bring back every dropped day with stale hours. Raises ObjectStoreError where the storage fails."""
    done = BroughtBack()
    with connect(owner_conninfo(settings, "iot-hub retention")) as connection:
        rows = connection.execute(query("days_to_bring_back")).fetchall()
        days = [Day(row["device_id"], row["date"]) for row in rows]
        store = object_store(settings) if days else None
        for number, day in enumerate(days, 1):
            assert store  # noqa: S101 - there are days
            _bring_back_day(connection, store, day, done)
            on_progress(number, len(days))
    return done


def _bring_back_day(connection: Connection, store: ObjectStore, day: Day, done: BroughtBack) -> None:
    try:
        objects = read_day(connection, store, day)
        with connection.transaction():
            connection.execute(query("lock_refresh"), {"device_id": day.device_id})
            events = _return_events(connection, day, objects)
    except BrokenObjectError as error:
        done.problems.append(f"device {day.device_id}, {day.date} can't be brought back: {error}")
        return
    if events is not None:
        done.days += 1
        done.events += events


def _return_events(connection: Connection, day: Day, objects: Sequence[ReadObject]) -> int | None:
    """Store what is gone; None where the day is not dropped any more, or is written to at this moment."""
    dropped = connection.execute(query("dropped_day"), day._asdict()).fetchone()
    if not dropped or objects_of_day(connection, day) != [each.object for each in objects]:
        return None
    if sum(each.object.events for each in objects) < dropped["events"]:
        raise BrokenObjectError(f"the archive notes fewer than its {dropped['events']} dropped events")
    ends = [moment for each in objects for moment in (each.object.min_time, each.object.max_time)]
    connection.execute(query("ensure_partitions"), {"instants": ends})
    connection.execute(query("make_room_for_events"))
    with connection.cursor() as cursor, cursor.copy(query("copy_returning_events")) as copy:
        for each in objects:
            copy.write(write_copied(each.table, digests_of(each.table)))
    events = connection.execute(query("bring_events_back")).rowcount
    connection.execute(query("forget_dropped_day"), day._asdict())
    return events
