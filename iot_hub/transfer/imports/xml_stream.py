"""An XML file of any size, record by record: elements of certain names, as dictionaries.

Names are local, whatever a file's prefixes are and whether it declares them. A leaf is its text; attributes stand among
the children; what is there several times is a list. Nothing outside of the file is ever asked for, and a file
that declares entities of its own is rejected.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any
from xml.parsers import expat

from iot_hub.transfer.imports.own_event import KEY
from iot_hub.transfer.imports.record import BrokenFileError
from iot_hub.transfer.imports.stream import Stream

CHUNK = 1 << 16
DEEPEST = 30
LARGEST_RECORD = 1_000_000
"""Repeated elements of one record, at most: a track of half a million points in one placemark of KML."""

LARGEST_TEXT = 1 << 24

OWN_EVENT = "hub:event"
"""The element whose text is the hub's own event; its exports declare the prefix where they use it."""

Record = dict[str, Any]
Named = tuple[str, Record | str]


def records(stream: Stream, names: Collection[str], containers: Collection[str] = ()) -> Iterator[Named]:
    """Yield each element of such a name that stands in no other, and an empty one where a container begins.

    Raises BrokenFileError where it is no XML any more, after all that was whole.
    """
    reader = XmlReader(names, containers)
    chunk = b"-"
    while chunk:
        chunk = stream.read(CHUNK)
        yield from reader.read(chunk)


class XmlReader:
    """Reads an XML file piece by piece. Its handlers run for every element: each does the least that it can."""

    def __init__(self, names: Collection[str], containers: Collection[str]) -> None:
        """Read records of these names, and report where containers of these names begin."""
        self._names = frozenset(names)
        self._containers = frozenset(containers)
        self._local: dict[str, str] = {}
        self._done: list[Named] = []
        self._open: list[Record] = []
        self._text = ""
        self._size = 0
        self._has_begun = False
        # Whatever its declaration says: its text was converted.
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.buffer_size = CHUNK
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add
        parser.EntityDeclHandler = _refuse

    @property
    def is_inside(self) -> bool:
        """Whether a record has begun and not ended."""
        return bool(self._open)

    def read(self, piece: bytes | str) -> Iterator[Named]:
        """Parse the next piece of the file, or nothing at its end; return the records that are complete now."""
        broken: BrokenFileError | None = None
        is_last = not piece
        if not self._has_begun:  # XML may not begin with an empty line, and files of several programs do.
            piece = piece.lstrip()
            self._has_begun = bool(piece)
        try:
            self._parser.Parse(piece, is_last)
        except expat.ExpatError:
            broken = BrokenFileError("not_xml", piece.encode() if isinstance(piece, str) else piece)
        except BrokenFileError as error:
            broken = error
        done, self._done = self._done, []
        yield from done
        if broken:
            raise broken

    def _start(self, name: str, attributes: Record) -> None:
        self._text = ""
        if self._open:
            self._open.append(attributes)
            if len(self._open) > DEEPEST:
                raise BrokenFileError("too_deep")
            return
        local = _local_name(name)
        if local in self._names:
            self._size = 0
            self._open.append(attributes)
        elif local in self._containers:
            self._done.append((local, {}))

    def _add(self, text: str) -> None:
        self._text += text
        if len(self._text) > LARGEST_TEXT:
            raise BrokenFileError("too_large")

    def _end(self, name: str) -> None:
        opened = self._open
        if not opened:
            return
        record = opened.pop()
        text = self._text.strip()
        self._text = ""
        local = self._local.get(name) or self._learn(name)
        value: Record | str = text
        if record and local != KEY:
            value = record
            if text:
                record["text"] = text
        if not opened:
            self._done.append((local, value))
        elif local in opened[-1]:
            self._repeat(opened[-1], local, value)
        else:
            opened[-1][local] = value

    def _repeat(self, parent: Record, name: str, value: Record | str) -> None:
        self._size += 1
        if self._size > LARGEST_RECORD:
            raise BrokenFileError("too_large")
        known = parent[name]
        if isinstance(known, list):
            known.append(value)
        else:
            parent[name] = [known, value]

    def _learn(self, name: str) -> str:
        local = self._local[name] = KEY if name == OWN_EVENT else _local_name(name)
        return local


def _local_name(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse(*_: object) -> None:
    raise BrokenFileError("entity_declared")
