"""A file's bytes as readers get them: buffered, so that the beginning can be looked at before it is read."""

from __future__ import annotations

import io
from typing import IO, cast

HEAD = 1 << 16

Stream = io.BufferedReader


def buffered(raw: IO[bytes] | io.RawIOBase | io.BufferedIOBase) -> Stream:
    """Return a stream over whatever yields bytes; closing it closes that."""
    return Stream(cast(io.RawIOBase, raw), HEAD)


def head_of(stream: Stream) -> bytes:
    """Peek at the first bytes of a stream that nothing was read of; fewer only where there are no more."""
    return stream.peek(HEAD)
