"""Lines of a file, none of them without bounds."""

from __future__ import annotations

from collections.abc import Iterator

from iot_hub.transfer.imports.record import BrokenFileError
from iot_hub.transfer.imports.stream import Stream

LARGEST_LINE = 1 << 24

_MARK = b"\xef\xbb\xbf"


def lines_of(stream: Stream) -> Iterator[bytes]:
    """Yield the lines that are not blank, without a byte order mark. Raises BrokenFileError for one without end."""
    mark = _MARK
    while line := stream.readline(LARGEST_LINE):
        if len(line) == LARGEST_LINE and not line.endswith(b"\n"):
            raise BrokenFileError("too_large", line)
        line = line.removeprefix(mark)
        mark = b""
        if line.strip():
            yield line
