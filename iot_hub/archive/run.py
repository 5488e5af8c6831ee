"""``archive run``: writes the events of finished days that the archive does not hold yet.

1. Days with more events in the database than in the archive's objects are looked up.
2. They are read in batches. Of a day that has objects already, the events in them
   are left out: what came late makes a further object.
3. Each day is written as an object and its manifest, then noted in the database.

A crash leaves whole objects only. One that was written and not noted is found by its name when the
same events are written again, and is otherwise a harmless copy: restoring counts no event twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pyarrow as pa
from psycopg.rows import DictRow

from iot_hub.archive.days import Day, finished_before
from iot_hub.archive.events import digests_of
from iot_hub.archive.object_store import ObjectStore, object_store
from iot_hub.archive.objects import (
    ArchivedObject,
    BrokenObjectError,
    event_keys,
    known_object,
    read_object,
    without,
    write_object,
)
from iot_hub.archive.reading import read_days
from iot_hub.archive.state import write_state
from iot_hub.archive.writing import writing_archive
from iot_hub.database.queries import query
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]
Progress = Callable[[int, int], None]

BATCH_EVENTS = 50_000
WRITERS = 4
"""Days written at once: a flush to disk, or a server's answer, is mostly waiting."""
HELD_BYTES = 12_000_000
"""Events that are read and not yet written: more are not read meanwhile, so that memory stays bounded."""

UnderWay = deque[tuple[int, Future[ArchivedObject | None]]]
"""Days that are being written, the oldest first: the bytes in memory of each, and its object to be."""


@dataclass
class Archived:
    """What a run wrote. ``problems`` names what it could not."""

    events: int = 0
    objects: int = 0
    bytes: int = 0
    state: str | None = None
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Pending:
    """A day with events that are not in the archive: how many it has, and how many are there."""

    day: Day
    events: int
    archived: int


def run_archive(settings: Settings, before: date | None = None, on_progress: Progress = lambda *_: None) -> Archived:
    """Archive every finished day (those before a date), and what a restore needs besides.

    ``on_progress`` is called with events done and events in all. Safe to run at any time, any number of
    times. Raises ObjectStoreError where the storage fails; what is noted by then stays. Raises
    UserError while another run is under way.
    """
    with writing_archive(settings) as connection:
        return archive_days(connection, object_store(settings), before, on_progress)


def archive_days(connection: Connection, store: ObjectStore, before: date | None, on_progress: Progress) -> Archived:
    """Archive on a connection that has the archive's lock."""
    done = Archived()
    for folder in ("raw", "state"):
        store.sweep(folder)
    _archive_events(connection, store, _pending(connection, _limit(before)), done, on_progress)
    done.state = write_state(connection, store)
    return done


def _limit(before: date | None) -> datetime:
    finished = finished_before(datetime.now(UTC))
    return min(finished, datetime(before.year, before.month, before.day, tzinfo=UTC)) if before else finished


def _pending(connection: Connection, before: datetime) -> list[Pending]:
    rows = connection.execute(query("days_to_archive"), {"before": before})
    return [Pending(Day(row["device_id"], row["date"]), row["events"], row["archived"]) for row in rows]


def _batches(pending: Sequence[Pending]) -> Iterator[list[Pending]]:
    batch: list[Pending] = []
    for each in pending:
        if batch and sum(other.events for other in batch) + each.events > BATCH_EVENTS:
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


def _archive_events(
    connection: Connection, store: ObjectStore, pending: Sequence[Pending], done: Archived, on_progress: Progress
) -> None:
    """Write day after day; while some are written, the next are read from the database."""
    seen, total = 0, sum(each.events for each in pending)
    with ThreadPoolExecutor(WRITERS) as writers:
        under_way: UnderWay = deque()
        for batch in _batches(pending):
            written: list[ArchivedObject] = []
            known = _known_events(connection, store, batch, done)
            for day, table in read_days(connection, [each.day for each in batch if each.day in known]):
                under_way.append((table.nbytes, writers.submit(_write_day, store, day, table, known[day])))
                written += _wait(under_way, HELD_BYTES)
            _note(connection, written, done)
            seen += sum(each.events for each in batch)
            on_progress(seen, total)
        _note(connection, _wait(under_way, 0), done)


def _wait(under_way: UnderWay, most: int) -> list[ArchivedObject]:
    """Wait until the days under way take at most that many bytes; yield the objects of those that ended."""
    ended: list[ArchivedObject | None] = []
    while sum(size for size, _ in under_way) > most:
        ended.append(under_way.popleft()[1].result())
    return [each for each in ended if each]


def _note(connection: Connection, objects: Sequence[ArchivedObject], done: Archived) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(query("note_archived_object"), [vars(each) for each in objects])
    done.objects += len(objects)
    done.events += sum(each.events for each in objects)
    done.bytes += sum(each.size for each in objects)


def _write_day(store: ObjectStore, day: Day, table: pa.Table, known: set[tuple[int, bytes]]) -> ArchivedObject | None:
    new, digests = without(table, known)
    return write_object(store, day, new, digests) if new.num_rows else None


def _known_events(
    connection: Connection, store: ObjectStore, batch: Sequence[Pending], done: Archived
) -> dict[Day, set[tuple[int, bytes]]]:
    """Return the keys of each day's archived events; a day with a broken object is left out."""
    known: dict[Day, set[tuple[int, bytes]]] = {each.day: set() for each in batch}
    late = [each.day for each in batch if each.archived]
    for row in connection.execute(query("archived_objects_of_days"), days_parameters(late)):
        each = known_object(row)
        try:
            table = read_object(store, each.path, each.day, each.sha256)
        except BrokenObjectError as error:
            done.problems.append(f"{each.path}: {error}; its day waits until 'iot-hub archive run --repair'")
            known.pop(each.day, None)
        else:
            if each.day in known:
                known[each.day].update(event_keys(table, digests_of(table)))
    return known


def days_parameters(days: Sequence[Day]) -> dict[str, Any]:
    """Return days as the parameters of statements about days."""
    return {"device_ids": [day.device_id for day in days], "dates": [day.date for day in days]}
