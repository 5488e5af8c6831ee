"""Parquet (zstd): a row for each event, in row groups of bounded size."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from iot_hub.exporting.record import Record

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
    times = [(record.device_time - _UNIX_EPOCH) // _MICROSECOND for record in group]
    return pa.Table.from_arrays(
        [
            _strings([device] * len(group)),
            pa.Array.from_buffers(SCHEMA.field("device_time").type, len(times), [None, _buffer(times, np.int64)]),
            _strings([record.source or "" for record in group]),
            _strings([record.properties or "" for record in group]),
        ],
        schema=SCHEMA,
    )


def _strings(texts: list[str]) -> pa.Array:
    """Make an array of texts. For pa.array() pyarrow would import pandas, which takes 50 MB of memory."""
    encoded = [text.encode() for text in texts]
    ends = [0, *accumulate(map(len, encoded))]
    return pa.StringArray.from_buffers(len(texts), _buffer(ends, np.int32), pa.py_buffer(b"".join(encoded)))


def _buffer(numbers: list[int], kind: type[np.integer[Any]]) -> pa.Buffer:
    return pa.py_buffer(np.array(numbers, kind))


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
