"""A stream whose beginning is looked at before it is read."""

from __future__ import annotations

import io
from typing import IO

HEAD = 1 << 16


class Peeking(io.BufferedReader):
    """A stream, and its beginning; reading it starts at the beginning all the same."""

    def __init__(self, stream: IO[bytes] | io.RawIOBase | io.BufferedIOBase) -> None:
        """Take a stream."""
        super().__init__(stream, HEAD)  # type: ignore[arg-type] - whatever has readinto will do

    @property
    def head(self) -> bytes:
        """Give the first bytes; fewer only where there are no more."""
        return self.peek(HEAD)
