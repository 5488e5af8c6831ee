"""``archive verify``: tells whether the archive holds what the database does, and what was written.

1. Every event's key is read from the database once; each finished day's count and fingerprint are
   compared with those of its objects.
2. The storage's list is compared with what was noted: every object and manifest, every size.
3. A sample of the objects is read: SHA-256, count and fingerprint of the content.
4. The newest state is read.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
from psycopg.abc import Buffer
from psycopg.rows import DictRow

from iot_hub.archive.days import Day, day_number, day_of, finished_before
from iot_hub.archive.events import digests_of, fingerprint, fold, mixed, summed
from iot_hub.archive.objects import ArchivedObject, known_object, read_object
from iot_hub.archive.state import read_state
from iot_hub.database import connect, owner_conninfo
from iot_hub.errors import HubError
from iot_hub.object_store import ObjectStore, object_store
from iot_hub.queries import query
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]

SAMPLE = 20
READERS = 4
PIECE_ROWS = 200_000

# A row of COPY's binary form (postgresql.org/docs/current/sql-copy.html): the number of fields,
# then each field after its length; all of ours are of fixed size.
_ROW = np.dtype(
    [("fields", ">i2"), ("l1", ">i4"), ("device_id", ">i4"), ("l2", ">i4"), ("time", ">i8"), ("l3", ">i4"),
     ("halves", "<u8", 2)]
)  # fmt: skip
_POSTGRES_EPOCH = 946_684_800_000_000


@dataclass(frozen=True)
class Held:
    """What a day holds: events, and their fingerprint."""

    events: int
    fingerprint: bytes


@dataclass
class Verified:
    """What was looked at, and what is wrong: one row per problem."""

    days: int = 0
    events: int = 0
    objects: int = 0
    bytes: int = 0
    read: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)

    def note(self, problem: str, day: Day | None = None, path: str | None = None) -> None:
        """Add a problem of a day or of an object."""
        device_id, date = day or (None, None)
        self.problems.append({"device": device_id, "date": date, "problem": problem, "object": path})


def verify_archive(settings: Settings, sample: int | None = SAMPLE) -> Verified:
    """Compare archive and database; read that many objects whole, or all of them (None).

    Raises ObjectStoreError where the storage does not answer.
    """
    store = object_store(settings)
    found = Verified()
    with connect(owner_conninfo(settings, "iot-hub archive")) as connection:
        objects = [known_object(row) for row in connection.execute(query("archived_objects"))]
        _compare_days(_days_of_objects(objects), _days_of_events(connection), found)
    _compare_list(store, objects, found)
    _compare_sample(store, objects, sample, found)
    _check_state(store, found)
    found.objects = len(objects)
    found.bytes = sum(each.size for each in objects)
    return found


def broken_objects(store: ObjectStore, objects: Sequence[ArchivedObject]) -> dict[ArchivedObject, str]:
    """Read objects whole; say of each that is not what was written what is wrong."""
    with ThreadPoolExecutor(READERS) as readers:
        problems = readers.map(lambda each: _problem_of(store, each), objects)
        return {each: problem for each, problem in zip(objects, problems, strict=True) if problem}


def _days_of_objects(objects: Sequence[ArchivedObject]) -> dict[Day, Held]:
    of_day: dict[Day, list[ArchivedObject]] = defaultdict(list)
    for each in objects:
        of_day[each.day].append(each)
    return {
        day: Held(sum(each.events for each in own), summed(each.fingerprint for each in own))
        for day, own in of_day.items()
    }


def _days_of_events(connection: Connection) -> dict[Day, Held]:
    counts: dict[Day, int] = defaultdict(int)
    prints: dict[Day, list[bytes]] = defaultdict(list)
    for rows in _event_keys(connection):
        times = rows["time"].astype(np.int64) + _POSTGRES_EPOCH
        days = rows["device_id"].astype(np.int64) << 32 | day_number(times)
        order = np.argsort(days, kind="stable")
        days, halves = days[order], mixed(times, rows["halves"])[order]
        starts = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist()]
        for start, end in zip(starts, [*starts[1:], len(days)], strict=True):
            key = int(days[start])
            day = Day(key >> 32, day_of(key & 0xFFFF_FFFF))
            counts[day] += end - start
            prints[day].append(fold(halves[start:end]))
    return {day: Held(count, summed(prints[day])) for day, count in counts.items()}


def _event_keys(connection: Connection) -> Iterator[np.ndarray[Any, Any]]:
    before = {"before": finished_before(datetime.now(UTC))}
    with connection.cursor() as cursor, cursor.copy(query("copy_event_keys"), before) as copy:
        rows: list[Buffer] = []
        for row in copy:
            # A head stands before the first row; the end is a message shorter than a row.
            if len(row) >= _ROW.itemsize:
                rows.append(row[-_ROW.itemsize :])
            if len(rows) == PIECE_ROWS:
                yield np.frombuffer(b"".join(rows), _ROW)
                rows = []
    if rows:
        yield np.frombuffer(b"".join(rows), _ROW)


def _compare_days(archived: Mapping[Day, Held], kept: Mapping[Day, Held], found: Verified) -> None:
    found.days = len(kept)
    found.events = sum(held.events for held in kept.values())
    for day in sorted(archived.keys() | kept.keys()):
        there, here = archived.get(day), kept.get(day)
        if there is None:
            found.note(f"not archived: {here.events if here else 0} events", day)
        elif here is None:
            found.note(f"the database has none of its {there.events} events", day)
        elif here.events != there.events:
            found.note(f"{here.events} events in the database, {there.events} in the archive", day)
        elif here.fingerprint != there.fingerprint:
            found.note(f"the {here.events} events are not the archived ones", day)


def _compare_list(store: ObjectStore, objects: Sequence[ArchivedObject], found: Verified) -> None:
    sizes = {each.path: each.size for each in store.list("raw")}
    for each in objects:
        size = sizes.get(each.path)
        if size is None:
            found.note("the object is missing", each.day, each.path)
        elif size != each.size:
            found.note(f"the object has {size} of {each.size} bytes", each.day, each.path)
        if each.manifest_path not in sizes:
            found.note("the manifest is missing", each.day, each.manifest_path)


def _compare_sample(store: ObjectStore, objects: Sequence[ArchivedObject], sample: int | None, found: Verified) -> None:
    known = {problem["object"] for problem in found.problems}
    whole = [each for each in objects if each.path not in known]
    chosen = whole if sample is None else random.sample(whole, min(sample, len(whole)))
    for each, problem in broken_objects(store, chosen).items():
        found.note(problem, each.day, each.path)
    found.read = len(chosen)


def _problem_of(store: ObjectStore, each: ArchivedObject) -> str | None:
    try:
        table = read_object(store, each.path, each.day, each.sha256)
    except HubError as error:
        return str(error)
    held = Held(table.num_rows, fingerprint(table, digests_of(table)))
    return None if held == Held(each.events, each.fingerprint) else "its events are not the ones that were noted"


def _check_state(store: ObjectStore, found: Verified) -> None:
    state = read_state(store)
    for path in state.broken:
        found.note("its SHA-256 is not the one in its name", path=path)
    if not state.parts:
        found.note("there is no whole state: devices, areas, settings", path="state/")
