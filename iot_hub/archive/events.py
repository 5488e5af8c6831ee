"""Raw events as Arrow tables, between PostgreSQL and Parquet.

The digest of an event is half of the SHA-256 of its properties (``event_digest.sql``), so it is
not kept beside them: it would be a third of the archive. Only adopted duplicates, whose digest is
salted, have it in their column.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from iot_hub.archive.arrow_arrays import bytes_of_texts, integers_of, numbers, texts
from iot_hub.archive.days import Day, day_number, day_of

INSTANT: Final = pa.timestamp("us", "UTC")

SCHEMA: Final = pa.schema(
    [
        pa.field("device_id", pa.int32()),
        pa.field("id", pa.int64()),
        pa.field("device_time", INSTANT),
        pa.field("created_at", INSTANT),
        pa.field("source", pa.string()),
        pa.field("digest", pa.string()),
        pa.field("duplicate_of", pa.int64()),
        pa.field("properties", pa.string()),
    ]
)

ZSTD_LEVEL = 3
TIGHT_LEVEL = 7
TIGHT_BYTES = 50
"""Level 7 takes three times as long and saves a sixth: it is for days that would take more than this an event."""

_COLUMN_ENCODING: Final = {"id": "DELTA_BINARY_PACKED", "device_time": "DELTA_BINARY_PACKED",
                           "created_at": "DELTA_BINARY_PACKED"}  # fmt: skip
_DIGEST_BYTES = 16

Times = np.ndarray[Any, np.dtype[np.int64]]
Halves = np.ndarray[Any, np.dtype[np.uint64]]


def write_copied(table: pa.Table, digests: pa.Array) -> bytes:
    """Encode a table for ``copy_events_back``."""
    columns = {
        "device_id": table["device_id"],
        "id": table["id"],
        "device_time": table["device_time"],
        "created_at": table["created_at"],
        "source": table["source"],
        "digest": texts(["\\x" + digest.hex() for digest in digests.to_pylist()]),
        "duplicate_of": table["duplicate_of"],
        "properties": table["properties"],
    }
    target = io.BytesIO()
    pa.csv.write_csv(pa.table(columns), target, pa.csv.WriteOptions(include_header=False))
    return target.getvalue()


def to_parquet(table: pa.Table) -> bytes:
    """Encode a day's events as an object. The same events give the same bytes."""
    content = _compressed(table, ZSTD_LEVEL)
    return content if len(content) <= TIGHT_BYTES * table.num_rows else _compressed(table, TIGHT_LEVEL)


def _compressed(table: pa.Table, level: int) -> bytes:
    target = io.BytesIO()
    pq.write_table(
        table.drop_columns("device_id"),
        target,
        compression="zstd",
        compression_level=level,
        use_dictionary=["source"],
        column_encoding=_COLUMN_ENCODING,
        write_statistics=["device_time"],
        data_page_size=8 << 20,
        store_schema=False,
    )
    return target.getvalue()


def from_parquet(content: bytes, device_id: int) -> pa.Table:
    """Read an object's events. Raises pyarrow.ArrowInvalid or OSError where it is no Parquet file."""
    # Not by Arrow's own threads: a process that ends just then is aborted, though it has done all.
    table = pq.ParquetFile(io.BytesIO(content)).read(use_threads=False)
    device = numbers(np.full(table.num_rows, device_id, np.int32), pa.int32())
    return table.add_column(0, "device_id", device).cast(SCHEMA)


def digests_of(table: pa.Table) -> pa.Array:
    """Return the digest of each event, as the raw table has it."""
    own = [hashlib.sha256(text).digest()[:_DIGEST_BYTES] for text in bytes_of_texts(table["properties"])]
    if table["digest"].null_count < table.num_rows:
        kept = table["digest"].to_pylist()
        own = [digest if text is None else bytes.fromhex(text) for digest, text in zip(own, kept, strict=True)]
    joined = pa.py_buffer(b"".join(own))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(_DIGEST_BYTES), len(own), [None, joined])


def times_of(table: pa.Table) -> Times:
    """Return the events' times as Unix microseconds."""
    return integers_of(table["device_time"])


def fingerprint(table: pa.Table, digests: pa.Array) -> bytes:
    """Return the fingerprint of a set of events, whatever their order: times and digests, mixed and summed."""
    raw = np.frombuffer(digests.buffers()[1], "<u8", count=2 * len(digests)).reshape(-1, 2)
    return fold(mixed(times_of(table), raw))


def mixed(times: Times, halves: Halves) -> Halves:
    """Mix each event's time into both halves of its digest, so that equal readings differ."""
    odd = times.astype(np.uint64) * np.uint64(2) + np.uint64(1)
    return halves.astype(np.uint64) * odd[:, np.newaxis]


def fold(parts: Halves) -> bytes:
    """Sum the mixed events, modulo 2^64."""
    total: Halves = parts.sum(axis=0, dtype=np.uint64).astype("<u8")
    return total.tobytes()


def summed(fingerprints: Iterable[bytes]) -> bytes:
    """Return the fingerprint of several sets together."""
    halves = np.frombuffer(b"".join(fingerprints), "<u8").reshape(-1, 2)
    return fold(halves)


def cut_into_days(table: pa.Table) -> list[tuple[Day, pa.Table]]:
    """Split a device's events, which are in order of time, into one table for each day."""
    dates = day_number(times_of(table))
    starts = [0, *(np.flatnonzero(np.diff(dates)) + 1).tolist()]
    ends = [*starts[1:], table.num_rows]
    device_id = table["device_id"][0].as_py()
    return [
        (Day(device_id, day_of(int(dates[start]))), table.slice(start, end - start))
        for start, end in zip(starts, ends, strict=True)
    ]
