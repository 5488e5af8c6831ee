"""Arrow arrays of numbers, flags and texts: built from their buffers, and read from them.

For its own ``array``, ``scalar`` and ``to_numpy`` pyarrow imports pandas wherever it is installed, as
with the dashboard. That is 45 MB more memory, which nothing here needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

Numbers = np.ndarray[Any, np.dtype[Any]]


def numbers(values: Numbers, kind: pa.DataType, present: Numbers | None = None) -> pa.Array:
    """Build an array of numbers as wide as ``kind``; flags mark those that are not null."""
    native = values.astype(values.dtype.newbyteorder("="), copy=False)
    return pa.Array.from_buffers(kind, len(values), [_presence(present), pa.py_buffer(native)])


def flags(values: Sequence[bool]) -> pa.Array:
    """Build an array of booleans."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _bits(np.array(values, bool))])


def texts(values: Sequence[str]) -> pa.Array:
    """Build an array of texts."""
    encoded = [text.encode() for text in values]
    return joined_texts(np.array([len(text) for text in encoded], np.int32), b"".join(encoded))


def joined_texts(lengths: Numbers, joined: bytes) -> pa.Array:
    """Build an array of texts, UTF-8 in one piece, from the length of each; a length of -1 is a null."""
    ends = np.cumsum(np.maximum(lengths, 0), dtype=np.int32)
    offsets = np.concatenate([np.zeros(1, np.int32), ends])
    buffers = [_presence(lengths >= 0), pa.py_buffer(offsets), pa.py_buffer(joined)]
    return pa.Array.from_buffers(pa.string(), len(lengths), buffers)


def integers_of(column: pa.ChunkedArray) -> Numbers:
    """Return the 64-bit integers, or the microseconds, of a column without nulls."""
    return np.from_dlpack(column.combine_chunks().view(pa.int64()))


def bytes_of_texts(column: pa.ChunkedArray) -> Iterator[memoryview]:
    """Return the UTF-8 of each text of a column without nulls; nothing is copied."""
    array = column.combine_chunks()
    _, ends, joined = array.buffers()
    whole = memoryview(joined)
    borders = np.frombuffer(ends, np.int32, len(array) + 1, 4 * array.offset).tolist()
    return (whole[start:end] for start, end in pairwise(borders))


def _presence(present: Numbers | None) -> pa.Buffer | None:
    """Return the validity bitmap; None, as Arrow wants it, where nothing is null."""
    return None if present is None or present.all() else _bits(present)


def _bits(values: Numbers) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values, bitorder="little"))
