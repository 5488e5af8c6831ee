"""Rewrites what is missing or broken in the archive, while the database still has its events.

1. Every object is read. Those that are broken are forgotten, so that their days are written again.
   Of a day with dropped events none is: those events are nowhere else, and it is reported.
2. After that, what is left of a broken object is deleted; before, it is better than nothing.

All of it under the archive's lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import psycopg
from psycopg.rows import DictRow

from iot_hub.archive.object_store import ObjectStore, object_store
from iot_hub.archive.objects import ArchivedObject, known_object
from iot_hub.archive.run import Archived, Progress, archive_days
from iot_hub.archive.verify import broken_objects, dropped_days, loss
from iot_hub.archive.writing import writing_archive
from iot_hub.database.queries import query
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]


def repair_archive(settings: Settings, before: date | None = None, on_progress: Progress = lambda *_: None) -> Archived:
    """Archive as ``run_archive`` does, broken objects' events included."""
    store = object_store(settings)
    with writing_archive(settings) as connection:
        broken = _broken(connection, store)
        dropped = dropped_days(connection)
        lost = {each: problem for each, problem in broken.items() if each.day in dropped}
        mendable = [each for each in broken if each not in lost]
        for each in mendable:
            connection.execute(query("forget_archived_object"), vars(each))
        done = archive_days(connection, store, before, on_progress)
        done.problems += [f"{each.path}: {problem}{loss(dropped[each.day])}" for each, problem in lost.items()]
        _delete_remains(connection, store, mendable)
    return done


def _broken(connection: Connection, store: ObjectStore) -> Mapping[ArchivedObject, str]:
    objects = [known_object(row) for row in connection.execute(query("archived_objects"))]
    return broken_objects(store, objects)


def _delete_remains(connection: Connection, store: ObjectStore, broken: Sequence[ArchivedObject]) -> None:
    used = {row["path"] for row in connection.execute(query("archived_objects"))}
    for each in broken:
        if each.path not in used:
            store.delete(each.path)
            store.delete(each.manifest_path)
