"""``archive verify``: checks that the archive holds what the database does, and what was written.

1. Every event's key is read from the database once; each finished day's count and fingerprint,
   with those of its dropped events, are compared with those of its objects.
2. The storage's list is compared with what was noted: every object and manifest, every size.
3. A sample of the objects is read: SHA-256, count and fingerprint of the content.
4. The newest state is read.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
from psycopg.rows import DictRow

from iot_hub.archive.days import Day, finished_before
from iot_hub.archive.events import digests_of, fingerprint, fold, mixed, summed
from iot_hub.archive.object_store import ObjectStore, object_store
from iot_hub.archive.objects import ArchivedObject, known_object, read_object
from iot_hub.archive.reading import POSTGRES_EPOCH
from iot_hub.archive.state import read_state
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.errors import HubError
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]

SAMPLE = 20
READERS = 4

_KEY = np.dtype([("time", ">i8"), ("halves", "<u8", 2)])


@dataclass(frozen=True)
class Held:
    """What a day holds: events, and their fingerprint."""

    events: int
    fingerprint: bytes


NOTHING = Held(0, bytes(16))


@dataclass
class Verified:
    """What was checked, and what is wrong: one row per problem."""

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
        # One moment: a day that is dropped meanwhile is neither missed nor counted twice.
        with connection.transaction():
            connection.execute(query("read_one_moment"))
            objects = [known_object(row) for row in connection.execute(query("archived_objects"))]
            dropped = dropped_days(connection)
            # A clock that was ahead has days archived that are not over: they are compared once they are.
            before = finished_before(datetime.now(UTC))
            finished = [each for each in objects if each.date < before.date()]
            _compare_days(_days_of_objects(finished), _days_of_events(connection, before), dropped, found)
    _compare_list(store, objects, found)
    _compare_sample(store, objects, sample, found)
    _tell_losses(dropped, found)
    _check_state(store, found)
    found.objects = len(objects)
    found.bytes = sum(each.size for each in objects)
    return found


def dropped_days(connection: Connection) -> dict[Day, Held]:
    """Return what was dropped from the database of each day: it is in the archive only."""
    rows = connection.execute(query("dropped_days"))
    return {Day(row["device_id"], row["date"]): Held(row["events"], row["fingerprint"]) for row in rows}


def loss(dropped: Held) -> str:
    """Return what a broken object means for a day with dropped events, to follow the problem itself."""
    return (
        f"; {dropped.events} events of its day were dropped from the database, so what it held is lost"
        " unless you put the object back from a copy of the archive"
    )


def broken_objects(store: ObjectStore, objects: Sequence[ArchivedObject]) -> dict[ArchivedObject, str]:
    """Read objects whole; yield what is wrong with each that is not what was written."""
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


def _days_of_events(connection: Connection, before: datetime) -> dict[Day, Held]:
    with connection.cursor() as cursor:
        rows = cursor.stream(query("event_keys_of_days"), {"before": before}, binary=True)
        return {Day(row["device_id"], row["starts"].date()): _held(row["keys"]) for row in rows}


def _held(keys: bytes) -> Held:
    events = np.frombuffer(keys, _KEY)
    return Held(len(events), fold(mixed(events["time"].astype(np.int64) + POSTGRES_EPOCH, events["halves"])))


def _compare_days(
    archived: Mapping[Day, Held], kept: Mapping[Day, Held], dropped: Mapping[Day, Held], found: Verified
) -> None:
    found.days = len(kept)
    found.events = sum(held.events for held in kept.values())
    for day in sorted(archived.keys() | kept.keys() | dropped.keys()):
        if problem := _difference(archived.get(day, NOTHING), kept.get(day, NOTHING), dropped.get(day, NOTHING)):
            found.note(problem, day)


def _difference(there: Held, here: Held, dropped: Held) -> str | None:
    known = here.events + dropped.events
    where = f"in the database and {dropped.events} dropped" if dropped.events else "in the database"
    if not there.events:
        return f"not archived: {known} events"
    if not known:
        return f"the database has none of its {there.events} events"
    if known != there.events:
        return f"{here.events} events {where}, {there.events} in the archive"
    if summed([here.fingerprint, dropped.fingerprint]) != there.fingerprint:
        return f"the {known} events are not the archived ones"
    return None


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


def _tell_losses(dropped: Mapping[Day, Held], found: Verified) -> None:
    """Mark the problems that are a loss: no repair rewrites dropped events."""
    for problem in found.problems:
        day = dropped.get(Day(problem["device"], problem["date"]))
        if day and str(problem["object"]).endswith(".parquet"):
            problem["problem"] += loss(day)


def _check_state(store: ObjectStore, found: Verified) -> None:
    state = read_state(store)
    for path in state.broken:
        found.note("its SHA-256 is not the one in its name", path=path)
    if not state.parts:
        found.note("there is no whole state: devices, areas, settings", path="state/")
