"""Parquet (zstd): a row for each event, in row groups of bounded size."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from iot_hub.archive.arrow_arrays import numbers, texts
from iot_hub.transfer.exports.record import Record

SCHEMA: Final = pa.schema(
    [
        pa.field("device", pa.string()),
        pa.field("device_time", pa.timestamp("us", "UTC")),
        pa.field("source", pa.string()),
        pa.field("properties", pa.string()),
    ]
)
GROUP_ROWS = 10_000
GROUP_TEXT = 8_000_000
"""Characters of properties after which a group ends, however few rows it has."""


_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class _Outlet(io.RawIOBase):
    """What Parquet is written to: gives out what has come so far, and keeps count of it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, piece: bytes) -> int:  # type: ignore[override]  # pyarrow writes bytes alone
        self._pieces.append(bytes(piece))
        self._written += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def write(records: Iterable[Record], device: str) -> Iterator[bytes]:
    """Write the file, a row group at a time."""
    outlet = _Outlet()
    with pq.ParquetWriter(outlet, SCHEMA, compression="zstd", use_dictionary=["device", "source"]) as writer:
        for group in _groups(records):
            writer.write_table(_table(group, device))
            yield outlet.taken()
    yield outlet.taken()


def _table(group: list[Record], device: str) -> pa.Table:
    times = np.array([(record.device_time - _UNIX_EPOCH) // _MICROSECOND for record in group], np.int64)
    return pa.Table.from_arrays(
        [
            texts([device] * len(group)),
            numbers(times, SCHEMA.field("device_time").type),
            texts([record.source or "" for record in group]),
            texts([record.properties or "" for record in group]),
        ],
        schema=SCHEMA,
    )


def _groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    group: list[Record] = []
    size = 0
    for record in records:
        group.append(record)
        size += len(record.properties or "")
        if len(group) >= GROUP_ROWS or size >= GROUP_TEXT:
            yield group
            group, size = [], 0
    if group:
        yield group
