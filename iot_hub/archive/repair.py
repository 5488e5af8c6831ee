"""Writes anew what of the archive is missing or broken, while the database still has its events.

1. Every object is read. Those that are broken are forgotten, so that their days are written again.
2. After that, what is left of a broken object is deleted; before, it is better than nothing.
"""

from __future__ import annotations

from datetime import date

from iot_hub.archive.objects import ArchivedObject, known_object
from iot_hub.archive.run import Archived, Progress, run_archive
from iot_hub.archive.verify import broken_objects
from iot_hub.database import connect, owner_conninfo
from iot_hub.object_store import object_store
from iot_hub.queries import query
from iot_hub.settings import Settings


def repair_archive(settings: Settings, before: date | None = None, on_progress: Progress = lambda *_: None) -> Archived:
    """Archive as ``run_archive`` does, broken objects' events included."""
    broken = _forget_broken(settings)
    done = run_archive(settings, before, on_progress)
    _delete_remains(settings, broken)
    return done


def _forget_broken(settings: Settings) -> list[ArchivedObject]:
    store = object_store(settings)
    with connect(owner_conninfo(settings, "iot-hub archive")) as connection:
        objects = [known_object(row) for row in connection.execute(query("archived_objects"))]
        broken = list(broken_objects(store, objects))
        for each in broken:
            connection.execute(query("forget_archived_object"), vars(each))
    return broken


def _delete_remains(settings: Settings, broken: list[ArchivedObject]) -> None:
    store = object_store(settings)
    with connect(owner_conninfo(settings, "iot-hub archive")) as connection:
        used = {row["path"] for row in connection.execute(query("archived_objects"))}
    for each in broken:
        if each.path not in used:
            store.delete(each.path)
            store.delete(each.manifest_path)
