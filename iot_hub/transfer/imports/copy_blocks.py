r"""The rows of a PostgreSQL dump in plain SQL: what stands between ``COPY table (columns) FROM stdin;`` and ``\.``.

Facts: PostgreSQL's documentation of COPY, text format: a tab between values, ``\N`` for NULL, escapes with a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from iot_hub.transfer.imports.lines import lines_of
from iot_hub.transfer.imports.record import BrokenFileError
from iot_hub.transfer.imports.stream import Stream

_COPY = re.compile(rb'COPY (?:"?[\w$]+"?\.)?"?([\w$]+)"? \((.*)\) FROM stdin;\s*')
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_SIGNS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_END, _NULL = b"\\.", "\\N"


class CopiedRow(NamedTuple):
    """A row of a table: which one of the dump, its values by their columns (NULL is absent), and its line."""

    number: int
    table: str
    cells: dict[str, str]
    line: bytes


def copied_rows(stream: Stream) -> Iterator[CopiedRow]:
    """Yield the rows of all tables in their order. Raises BrokenFileError where a table has no end."""
    table, columns, number = "", [], 0
    for line in lines_of(stream):
        if not table:
            if found := _COPY.fullmatch(line):
                table = found[1].decode("utf-8", "replace")
                columns = [name.strip().strip('"') for name in found[2].decode("utf-8", "replace").split(",")]
        elif line.rstrip(b"\r\n") == _END:
            table = ""
        elif not line.endswith(b"\n"):
            raise BrokenFileError("cut_off", line)  # A number or a time may be cut in it.
        else:
            number += 1
            values = line.rstrip(b"\r\n").decode("utf-8", "replace").split("\t")
            cells = {
                name: _unescaped(value)
                for name, value in zip(columns, values, strict=False)
                if value not in ("", _NULL)
            }
            yield CopiedRow(number, table, cells, line)
    if table:
        raise BrokenFileError("cut_off")


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(_sign, value) if "\\" in value else value


def _sign(found: re.Match[str]) -> str:
    said = found[1]
    if said[0] == "x" and len(said) > 1:
        return chr(int(said[1:], 16))
    return chr(int(said, 8)) if said[0] in "01234567" else _SIGNS.get(said, said)
