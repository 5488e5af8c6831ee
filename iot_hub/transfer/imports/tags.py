"""The tags of a file: what its records call their trackers, found without reading the records.

Nearly every file is of one tracker, and must not take longer because some are of several. So a reader of whose format
a file may hold several has ``tags_in`` beside ``read``: it yields tags as they are written, and may yield too many
(a tag in two spellings, a member of that name elsewhere in a record), since only reading the records decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from iot_hub.event import Rejected
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.table import Table
from iot_hub.values import text

CHUNK = 1 << 20
LARGEST_RECORD = 1 << 24

_JSON_VALUE = rb'(?!null\b)(?:"(?:[^"\\]|\\.)*+"|[\w.+-]++)'


def tag_of(value: object) -> str | None:
    """Return a record's tag, which may be a number; None where the value says nothing."""
    return None if isinstance(value, bool | dict | list) or value is None else text(str(value))


def tags_written(
    stream: Stream,
    before: bytes,
    value: bytes = _JSON_VALUE,
    after: bytes = rb"(?![\w.])",
    *,
    signs: Sequence[bytes] = (b"",),
) -> Iterator[str]:
    """Yield what stands behind a pattern in a file of text, once for each spelling of it.

    It is one search for whatever is not known yet, which is ten times as fast as to look at each tag. Where a pattern
    begins with no plain text, text without any of its ``signs`` (in lower case) is passed over, which is as fast.
    """
    known: list[bytes] = []
    search = _search_for_others(before, value, after, known)
    for piece in _pieces(stream):
        lower = piece.lower() if signs[0] else piece
        if not any(sign in lower for sign in signs):
            continue
        at = 0
        while found := search(piece, at):
            known.append(found[1])
            if tag := _decoded(found[1]):
                yield tag
            search = _search_for_others(before, value, after, known)
            at = found.end()


def tags_of_rows(table: Table, read: Callable[[Mapping[str, str]], str | None]) -> Iterator[str]:
    """Yield the tag of each row of a table that has one."""
    for row in table.rows():
        if not isinstance(row, Rejected) and (tag := read(row.cells)):
            yield tag


def _search_for_others(
    before: bytes, value: bytes, after: bytes, known: list[bytes]
) -> Callable[[bytes, int], re.Match[bytes] | None]:
    others = b"".join(b"(?!" + re.escape(each) + after + b")" for each in known)
    return re.compile(before + others + b"(" + value + b")" + after).search


def _pieces(stream: Stream) -> Iterator[bytes]:
    """Yield the text of a file, cut behind an object or a line so that no tag is cut."""
    waiting = b""
    while chunk := stream.read(CHUNK):
        waiting += chunk
        end = max(waiting.rfind(b"}"), waiting.rfind(b"\n")) + 1
        if end or len(waiting) > LARGEST_RECORD:
            end = end or len(waiting)
            yield waiting[:end]
            waiting = waiting[end:]
    yield waiting + b"\n"


def _decoded(value: bytes) -> str | None:
    """Return a tag of what is written: JSON where it is in quotation marks, otherwise as it is."""
    try:
        return tag_of(msgspec.json.decode(value) if value.startswith(b'"') else value.decode(errors="replace"))
    except msgspec.DecodeError:
        return value.decode(errors="replace")
