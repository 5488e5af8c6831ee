"""Reads the raw events of days from the database, as Arrow tables.

PostgreSQL packs a page of events into one row, column by column, in the bytes that Arrow wants: a
row or a line an event would cost both sides more than all the rest of archiving.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from psycopg.rows import DictRow

from iot_hub.archive.days import Day
from iot_hub.archive.events import SCHEMA
from iot_hub.queries import query

Connection = psycopg.Connection[DictRow]

PAGE_EVENTS = 5_000
PIECE_BYTES = 64_000_000
"""A day of more than that is cut into several objects, so that memory stays bounded."""

POSTGRES_EPOCH = 946_684_800_000_000
"""PostgreSQL counts microseconds since 2000."""


def read_days(connection: Connection, days: Sequence[Day]) -> Iterator[pa.Table]:
    """Give the events of days, in order of their keys; no table holds two devices' events."""
    for stretch in _stretches(days):
        pages: list[pa.Table] = []
        for page in _pages(connection, stretch[0], _midnight(stretch[-1].date) + timedelta(days=1)):
            pages.append(page)
            if sum(each.nbytes for each in pages) > PIECE_BYTES:
                yield pa.concat_tables(pages)
                pages = []
        if pages:
            yield pa.concat_tables(pages)


def _stretches(days: Sequence[Day]) -> Iterator[list[Day]]:
    """Cut days, which are in order, where the device changes or a day is left out.

    A range of the key is what the planner finds by the index; a list of days made it read all there is.
    """
    numbered = groupby(enumerate(days), key=lambda each: (each[1].device_id, each[1].date.toordinal() - each[0]))
    for _, stretch in numbered:
        yield [day for _, day in stretch]


def _pages(connection: Connection, first: Day, until: datetime) -> Iterator[pa.Table]:
    after = {"after_time": _midnight(first.date), "after_digest": b""}
    while True:
        asked = {"device_id": first.device_id, "until": until, "page": PAGE_EVENTS, **after}
        # Planned anew each time: a plan for any range of any device may read all there is.
        row = connection.execute(query("next_events"), asked, prepare=False, binary=True).fetchone()
        if not row or not row["events"]:
            return
        yield _table(first.device_id, row)
        if row["events"] < PAGE_EVENTS:
            return
        after = {"after_time": row["last_time"], "after_digest": row["last_digest"]}


def _table(device_id: int, row: Mapping[str, Any]) -> pa.Table:
    columns = [
        np.full(row["events"], device_id),
        np.frombuffer(row["ids"], ">i8"),
        np.frombuffer(row["device_times"], ">i8") + POSTGRES_EPOCH,
        np.frombuffer(row["created_times"], ">i8") + POSTGRES_EPOCH,
        row["sources"],
        row["digests"],
        row["duplicates"],
    ]
    types = SCHEMA.types[:-1]
    arrays = [pa.array(_native(column), kind) for column, kind in zip(columns, types, strict=True)]
    return pa.Table.from_arrays([*arrays, _texts(row["lengths"], row["properties"])], schema=SCHEMA)


def _native(column: Any) -> Any:  # noqa: ANN401 - an array of any kind, or a list of values
    """Give numbers in this machine's order of bytes, which Arrow asks for."""
    return column.astype(column.dtype.newbyteorder("=")) if isinstance(column, np.ndarray) else column


def _texts(lengths: bytes, joined: bytes) -> pa.Array:
    """Make strings of their lengths and of all of them in one piece."""
    ends = np.cumsum(np.frombuffer(lengths, ">i4"), dtype=np.int32)
    offsets = np.concatenate([np.zeros(1, np.int32), ends])
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(joined))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
