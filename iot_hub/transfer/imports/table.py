"""A table as text: rows of a CSV file, whatever separates its columns, each by the names of its first row."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from typing import NamedTuple

from iot_hub.event import Rejected
from iot_hub.transfer.imports.lines import LARGEST_LINE, lines_of
from iot_hub.transfer.imports.stream import Stream

DELIMITERS = ",;\t|"
MOST_COMMENTS = 100
BEYOND = "more"
"""Cells of a row that is longer than the first stand under this name."""

csv.field_size_limit(LARGEST_LINE)  # A cell may be a whole event's properties; by default 128 kB are too many.


class Row(NamedTuple):
    """A row: which it is, its cells that hold something by their columns' names, and its text."""

    number: int
    cells: dict[str, str]
    text: bytes


def delimiter_of(line: str) -> str:
    """Return what separates the columns of a table, by its first line."""
    return max(DELIMITERS, key=line.count)


def columns_of(line: str) -> list[str]:
    """Read the names of a table's columns out of its first line; none where it is no row."""
    try:
        return [name.strip() for name in next(csv.reader([line.strip("\r\n")], delimiter=delimiter_of(line)), [])]
    except csv.Error:
        return []


class Table:
    """A table: its columns, and its rows, which are read once."""

    def __init__(self, stream: Stream) -> None:
        """Read the first row of a file."""
        self._lines = (_text(line) for line in lines_of(stream))
        head = next(self._lines, "")
        self.comments: list[str] = []
        """What a log says of itself before its columns, ``# StartTime = …``."""
        while head.startswith("#") and "," not in head and len(self.comments) < MOST_COMMENTS:
            self.comments.append(head.strip())
            head = next(self._lines, "")
        if head.lower().startswith("sep="):  # Some programs write what separates columns before anything else.
            head = next(self._lines, "")
        self.separator = delimiter_of(head)
        """What separates columns."""
        self.columns = columns_of(head)

    def rows(self) -> Iterator[Row | Rejected]:
        """Yield the rows after the first; one that can't be read is rejected, and spoils no other."""
        reader = csv.reader(self._lines, delimiter=self.separator)
        for number in itertools.count(1):
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield Rejected(number, b"", "not_csv")
                continue
            named = {name: cell for name, cell in zip(self.columns, cells, strict=False) if cell}
            if len(cells) > len(self.columns):
                named[BEYOND] = self.separator.join(cells[len(self.columns) :])
            yield Row(number, named, self.separator.join(cells).encode())


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")  # Older programs on Windows: any byte is a character.
