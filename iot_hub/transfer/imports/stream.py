"""A file's bytes as readers get them: buffered, so that the beginning can be looked at before it is read."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

HEAD = 1 << 16
IN_MEMORY = 1 << 23
"""Bytes of a spooled file that stay in memory."""

Stream = io.BufferedReader


class PulledStream(io.RawIOBase):
    """A stream of pieces, whatever their sizes: a subclass says what the next one is."""

    def __init__(self) -> None:
        """Begin before the first piece."""
        super().__init__()
        self._piece = memoryview(b"")

    def pull(self) -> bytes:
        """Return the next piece; nothing at the end."""
        raise NotImplementedError

    def readable(self) -> bool:
        """Return True: that is all a stream of pieces can do."""
        return True

    # Typeshed calls it a WriteableBuffer, which does not exist at run time.
    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer; less than that only at the end, so that a head is whole."""
        filled = 0
        while filled < len(buffer):
            if not self._piece:
                self._piece = memoryview(self.pull())
                if not self._piece:
                    break
            size = min(len(buffer) - filled, len(self._piece))
            buffer[filled : filled + size] = self._piece[:size]
            self._piece = self._piece[size:]
            filled += size
        return filled


def buffered(raw: IO[bytes] | io.RawIOBase | io.BufferedIOBase) -> Stream:
    """Return a stream over whatever yields bytes; closing it closes that."""
    return Stream(cast(io.RawIOBase, raw), HEAD)


def head_of(stream: Stream) -> bytes:
    """Peek at the first bytes of a stream that nothing was read of; fewer only where there are no more."""
    return stream.peek(HEAD)


@contextmanager
def spooled(stream: IO[bytes] | io.BufferedIOBase) -> Iterator[Stream]:
    """Copy the rest of a stream where it can be read from any place: in memory, or a temporary file if it is large."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as copy:
        shutil.copyfileobj(stream, copy, HEAD)
        copy.seek(0)
        with buffered(copy) as whole:
            yield whole
