"""Reads a day back from the archive."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
import pyarrow as pa
from psycopg.rows import DictRow

from iot_hub.archive.days import Day
from iot_hub.archive.object_store import ObjectStore
from iot_hub.archive.objects import ArchivedObject, BrokenObjectError, known_object, read_object
from iot_hub.database.queries import query

Connection = psycopg.Connection[DictRow]


@dataclass(frozen=True)
class ReadObject:
    """An object that is whole, and its events."""

    object: ArchivedObject
    table: pa.Table


def objects_of_day(connection: Connection, day: Day) -> list[ArchivedObject]:
    """Return the objects that are registered for a day."""
    parameters = {"device_ids": [day.device_id], "dates": [day.date]}
    return [known_object(row) for row in connection.execute(query("archived_objects_of_days"), parameters)]


def read_day(connection: Connection, store: ObjectStore, day: Day) -> list[ReadObject]:
    """Read a day's objects whole. Raises BrokenObjectError, which names the first that is not whole."""
    return [ReadObject(each, _read(store, each)) for each in objects_of_day(connection, day)]


def _read(store: ObjectStore, each: ArchivedObject) -> pa.Table:
    try:
        table = read_object(store, each.path, each.day, each.sha256)
    except BrokenObjectError as error:
        raise BrokenObjectError(f"{each.path}: {error}") from error
    if table.num_rows != each.events:
        raise BrokenObjectError(f"{each.path}: it holds {table.num_rows} of {each.events} events")
    return table
