"""``archive restore``: fills an empty hub from the archive alone.

1. In one transaction: devices, areas, tokens, settings, quarantine; every event with its id and the
   time when it came; what the archive holds. A crash leaves the hub as empty as it was.
2. The roll-ups are computed from the events, as always.

Every object is known by the SHA-256 in its name. One that is broken or missing is named, and the
rest is restored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import psycopg
import pyarrow as pa
from psycopg.rows import DictRow

from iot_hub.archive.arrow_arrays import flags
from iot_hub.archive.days import Day
from iot_hub.archive.events import digests_of, write_copied
from iot_hub.archive.object_store import ObjectStore, object_store
from iot_hub.archive.objects import (
    ArchivedObject,
    BrokenObjectError,
    describe,
    event_keys,
    named_object,
    object_of,
    read_object,
)
from iot_hub.archive.state import read_state, restore_state
from iot_hub.database.connections import connect, owner_conninfo, scalar
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.settings import Settings
from iot_hub.worker.recompute import refresh_everything

Connection = psycopg.Connection[DictRow]
Progress = Callable[[str, int, int], None]
Done = TypeVar("Done")

READERS = 8
BYTES_AT_ONCE = 1_500_000
"""Bytes of objects copied at once, and read ahead meanwhile. Events take some fifteen times that in memory."""


@dataclass
class Restored:
    """What was restored, and what could not be: one row per object."""

    events: int = 0
    objects: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Read:
    """An object that is whole."""

    described: ArchivedObject
    table: pa.Table
    digests: pa.Array


def restore_archive(settings: Settings, on_progress: Progress = lambda *_: None) -> Restored:
    """Restore the archive into an empty, migrated hub.

    ``on_progress`` is called with what is being done, how much is done, and of how much. Raises UserError
    where the hub is not empty or the archive is, ObjectStoreError where the storage fails.
    """
    store = object_store(settings)
    done = Restored()
    with connect(owner_conninfo(settings, "iot-hub archive")) as connection:
        with connection.transaction():
            if not scalar(connection, query("lock_archive")):
                raise UserError("The archive is being written; wait for that run to end.")
            _refuse_unless_empty(connection)
            _restore_all(connection, store, done, on_progress)
        refresh_everything(settings, connection, partial(on_progress, "Rolling up"))
    return done


def _refuse_unless_empty(connection: Connection) -> None:
    if holds := scalar(connection, query("what_a_hub_holds")):
        raise UserError(
            f"This hub is not empty: it holds {holds}. An archive is restored into an empty hub only:"
            " set IOT_HUB_HOME to a new folder, or IOT_HUB_DATABASE_URL to a new database."
        )


def _restore_all(connection: Connection, store: ObjectStore, done: Restored, on_progress: Progress) -> None:
    state = read_state(store)
    done.problems += [{"object": path, "problem": "its SHA-256 is not the one in its name"} for path in state.broken]
    sizes = _listed(store, done)
    if not state.parts and not sizes:
        raise UserError(f"{store.description} holds no archive of a hub.")
    if not state.parts:
        done.problems.append({"object": "state/", "problem": "no whole state: devices, areas and tokens are lost"})
    restore_state(connection, state)
    for each in _restore_events(connection, store, sizes, done):
        connection.execute(query("note_archived_object"), vars(each))
        done.objects += 1
        on_progress("Restoring events", done.objects + len(done.problems), len(sizes))
    connection.execute(query("expect_restored_backlog"))
    connection.execute(query("mark_restored_hours"))
    connection.execute(query("restore_sequences"))
    connection.execute(query("analyze_restored"))


def _listed(store: ObjectStore, done: Restored) -> dict[str, int]:
    """Return every object of events with its size, and the names of those that only have a manifest."""
    sizes = {each.path: each.size for each in store.list("raw") if named_object(each.path)}
    for path in sizes:
        if path.endswith(".json") and object_of(path) not in sizes:
            done.problems.append({"object": object_of(path), "problem": "it is missing"})
    return {path: size for path, size in sizes.items() if path.endswith(".parquet")}


def _restore_events(
    connection: Connection, store: ObjectStore, sizes: dict[str, int], done: Restored
) -> Iterator[ArchivedObject]:
    """Restore day after day; yield the objects that make up what was restored."""
    paths: dict[Day, list[str]] = defaultdict(list)
    for path in sizes:
        if named := named_object(path):
            paths[named[0]].append(path)
    devices: set[int] = set()
    with ThreadPoolExecutor(READERS) as readers:
        batches = _batches([paths[day] for day in sorted(paths)], sizes)
        coming = [[partial(_read, store, path, sizes[path]) for path in batch] for batch in batches]
        for read in _ahead(readers, coming):
            done.problems += [problem for problem in read if isinstance(problem, dict)]
            whole = [each for each in read if isinstance(each, _Read)]
            _add_devices(connection, {each.described.device_id for each in whole} - devices)
            devices |= {each.described.device_id for each in whole}
            yield from _copy_back(connection, whole, done, readers)


def _batches(days: Sequence[Sequence[str]], sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Batch days' objects: all of a day, and of further days as long as memory stays bounded."""
    batch: list[str] = []
    for paths in days:
        if batch and sum(sizes[path] for path in [*batch, *paths]) > BYTES_AT_ONCE:
            yield batch
            batch = []
        batch += paths
    if batch:
        yield batch


def _ahead(pool: ThreadPoolExecutor, batches: Sequence[Sequence[Callable[[], Done]]]) -> Iterator[list[Done]]:
    """Yield the results of each batch's calls; while one is processed, the next is under way."""
    under_way: list[Future[Done]] = []
    for number, batch in enumerate([*batches, []]):
        next_ones = [pool.submit(call) for call in batch]
        if number:
            yield [each.result() for each in under_way]
        under_way = next_ones


def _read(store: ObjectStore, path: str, size: int) -> _Read | dict[str, str]:
    day, sha256 = named_object(path) or (Day(0, datetime.now(UTC).date()), b"")
    try:
        table = read_object(store, path, day, sha256)
    except BrokenObjectError as error:
        return {"object": path, "problem": str(error)}
    digests = digests_of(table)
    return _Read(describe(day, table, digests, sha256, size), table, digests)


def _add_devices(connection: Connection, devices: set[int]) -> None:
    """Add rows for devices that no state knows: without one, nothing of theirs is rolled up."""
    for device_id in sorted(devices):
        connection.execute(query("add_imported_device"), {"device_id": device_id})


def _copy_back(
    connection: Connection, whole: Sequence[_Read], done: Restored, writers: ThreadPoolExecutor
) -> Iterator[ArchivedObject]:
    if not whole:
        return
    ends = {moment for each in whole for moment in (each.described.min_time, each.described.max_time)}
    connection.execute(query("ensure_partitions"), {"instants": sorted(ends)})
    new = list(_without_copies(whole))
    with connection.cursor() as cursor, cursor.copy(query("copy_events_back")) as copy:
        for lines in writers.map(lambda each: write_copied(each[0], each[1]), new):
            copy.write(lines)
    done.events += sum(table.num_rows for table, _, _ in new)
    yield from (described for _, _, described in new if described)


def _without_copies(whole: Sequence[_Read]) -> Iterator[tuple[pa.Table, pa.Array, ArchivedObject | None]]:
    """Return each event once. A run that crashed may have left an object whose events a later one holds too.

    The largest object of a day goes first, so that such a copy is found to add nothing; what is not
    needed whole is not noted, or the hub would reckon its events twice.
    """
    of_day: dict[Day, list[_Read]] = defaultdict(list)
    for each in whole:
        of_day[each.described.day].append(each)
    for own in of_day.values():
        known: set[tuple[int, bytes]] = set()
        for each in sorted(own, key=lambda each: -each.described.events):
            if len(own) == 1:
                yield each.table, each.digests, each.described
                continue
            keys = event_keys(each.table, each.digests)
            mask = flags([key not in known for key in keys])
            table = each.table.filter(mask)
            known.update(keys)
            yield table, each.digests.filter(mask), each.described if table.num_rows == len(keys) else None
