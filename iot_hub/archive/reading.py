"""Reads the raw events of days from the database, as Arrow tables.

PostgreSQL packs a page of events into one row, column by column, in the bytes that Arrow wants: a
row or a line an event would cost both sides more than all the rest of archiving.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from psycopg.rows import DictRow

from iot_hub.archive.arrow_arrays import joined_texts, numbers
from iot_hub.archive.days import Day
from iot_hub.archive.events import INSTANT, SCHEMA, cut_into_days
from iot_hub.database.queries import query

Connection = psycopg.Connection[DictRow]

PAGE_EVENTS = 5_000
PIECE_BYTES = 4_000_000
"""A larger day is split into several objects, so that memory stays bounded."""

POSTGRES_EPOCH = 946_684_800_000_000
"""PostgreSQL counts microseconds since 2000."""


def read_days(connection: Connection, days: Sequence[Day]) -> Iterator[tuple[Day, pa.Table]]:
    """Yield the events of days, which are in order, day by day in order of their keys."""
    parts = chain.from_iterable(map(cut_into_days, _pages_of_days(connection, days)))
    for day, own in groupby(parts, key=itemgetter(0)):
        for piece in _pieces(table for _, table in own):
            # In one piece: how the events came in pages must not show in an object's bytes.
            yield day, pa.concat_tables(piece).combine_chunks()


def _pieces(parts: Iterable[pa.Table]) -> Iterator[list[pa.Table]]:
    """Join the parts of a day, as long as memory stays bounded."""
    piece: list[pa.Table] = []
    for part in parts:
        piece.append(part)
        if sum(each.nbytes for each in piece) > PIECE_BYTES:
            yield piece
            piece = []
    if piece:
        yield piece


def _pages_of_days(connection: Connection, days: Sequence[Day]) -> Iterator[pa.Table]:
    for stretch in _stretches(days):
        yield from _pages(connection, stretch[0], _midnight(stretch[-1].date) + timedelta(days=1))


def _stretches(days: Sequence[Day]) -> Iterator[list[Day]]:
    """Split days, which are in order, where the device changes or a day is left out.

    A range of the key is what the planner finds by the index; a list of days made it read all there is.
    """
    numbered = groupby(enumerate(days), key=lambda each: (each[1].device_id, each[1].date.toordinal() - each[0]))
    for _, stretch in numbered:
        yield [day for _, day in stretch]


def _pages(connection: Connection, first: Day, until: datetime) -> Iterator[pa.Table]:
    after = {"after_time": _midnight(first.date), "after_digest": b""}
    while True:
        asked = {"device_id": first.device_id, "until": until, "page": PAGE_EVENTS, **after}
        # Planned each time: a plan for any range of any device may read all there is.
        row = connection.execute(query("next_events"), asked, prepare=False, binary=True).fetchone()
        if not row or not row["events"]:
            return
        yield _table(first.device_id, row)
        if row["events"] < PAGE_EVENTS:
            return
        after = {"after_time": row["last_time"], "after_digest": row["last_digest"]}


def _table(device_id: int, row: Mapping[str, Any]) -> pa.Table:
    duplicates = np.frombuffer(row["duplicates"], ">i8")
    columns = {
        "device_id": numbers(np.full(row["events"], device_id, np.int32), pa.int32()),
        "id": numbers(np.frombuffer(row["ids"], ">i8"), pa.int64()),
        "device_time": numbers(np.frombuffer(row["device_times"], ">i8") + POSTGRES_EPOCH, INSTANT),
        "created_at": numbers(np.frombuffer(row["created_times"], ">i8") + POSTGRES_EPOCH, INSTANT),
        "source": _texts(row["source_lengths"], row["sources"]),
        "digest": _texts(row["digest_lengths"], row["digests"]),
        "duplicate_of": numbers(duplicates, pa.int64(), duplicates != 0),
        "properties": _texts(row["properties_lengths"], row["properties"]),
    }
    return pa.Table.from_pydict(columns, schema=SCHEMA)


def _texts(lengths: bytes, joined: bytes) -> pa.Array:
    return joined_texts(np.frombuffer(lengths, ">i4"), joined)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
