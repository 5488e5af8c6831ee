"""An XML file of any size, record by record: elements of certain names, as dictionaries.

Names are local, whatever a file's prefixes are and whether it declares them. A leaf is its text; attributes stand among
the children; what is there several times is a list. Nothing outside of the file is ever asked for, and a file
that declares entities of its own is rejected.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator
from html.entities import html5
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

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

_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_LATER = re.compile(r"&[#\w]{0,10}\Z")
"""What the next piece may make a reference."""
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_HTML = re.compile(r"&(\w{2,10};)")

Record = dict[str, Any]
Named = tuple[str, Record | str]


def records(stream: Stream, names: Collection[str], containers: Collection[str] = ()) -> Iterator[Named]:
    """Yield each element of such a name that stands in no other, and an empty one where a container begins.

    Raises BrokenFileError where it is no XML any more, after all that was whole.
    """
    reader = XmlReader(names, containers)
    decode = codecs.getincrementaldecoder("utf-8")().decode
    chunk = b"-"
    while chunk:
        chunk = stream.read(CHUNK)
        try:
            text = decode(chunk, not chunk)
        except UnicodeDecodeError as error:
            raise BrokenFileError("invalid_utf8", chunk) from error
        if text or not chunk:
            yield from reader.read(text)


class BrokenXmlError(BrokenFileError):
    """From here on it is no XML; ``unfinished`` is the record that has begun, of what was whole in it."""

    def __init__(self, reason: str, rest: bytes, unfinished: Record | None) -> None:
        """Raise with what can be said of the record."""
        super().__init__(reason, rest)
        self.unfinished = unfinished


class XmlReader:
    """Reads an XML file piece by piece. Its handlers run for every element: each does the least that it can."""

    def __init__(self, names: Collection[str], containers: Collection[str]) -> None:
        """Read records of these names, and report where containers of these names begin."""
        self._names = frozenset(names)
        self._containers = frozenset(containers)
        self._local: dict[str, str] = {}
        self._done: list[Named] = []
        self._open: list[Record] = []
        self._open_names: list[str] = []
        self._text = ""
        self._size = 0
        self._has_begun = False
        self._is_literal = False
        self._waiting = ""
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = CHUNK
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add
        parser.StartCdataSectionHandler = self._begin_literal
        parser.EndCdataSectionHandler = self._end_literal
        parser.EntityDeclHandler = _refuse
        # Whether "&" stands in a CDATA section has to be known when it comes. Python before 3.11.8 never defers.
        if hasattr(parser, "SetReparseDeferralEnabled"):
            parser.SetReparseDeferralEnabled(False)

    @property
    def is_inside(self) -> bool:
        """Whether a record has begun and not ended."""
        return bool(self._open)

    def read(self, piece: str) -> Iterator[Named]:
        """Parse the next piece of the file, or nothing at its end; return the records that are complete now."""
        broken: BrokenFileError | None = None
        is_last = not piece
        if not self._has_begun:  # XML may not begin with an empty line, and files of several programs do.
            piece = piece.lstrip()
            self._has_begun = bool(piece)
        try:
            self._parse(piece, is_last=is_last)
        except expat.ExpatError:
            broken = BrokenXmlError("not_xml", piece.encode(), self._unfinished())
        except BrokenFileError as error:
            broken = error
        done, self._done = self._done, []
        yield from done
        if broken:
            raise broken

    def _parse(self, piece: str, *, is_last: bool) -> None:
        """Parse a piece, each "&" of it as what it means: many programs write names as they are, or HTML's entities."""
        text, self._waiting = _FORBIDDEN.sub("", self._waiting + piece), ""
        at = 0
        if "&" in text:
            if not is_last and (later := _LATER.search(text)):
                text, self._waiting = text[: later.start()], later[0]
            for bare in _BARE_AMPERSAND.finditer(text):
                self._parser.Parse(text[at : bare.start()], False)
                entity = None if self._is_literal else _HTML.match(text, bare.start())
                known = html5.get(entity[1]) if entity else None
                meant = known or "&"
                self._parser.Parse(meant if self._is_literal else escape(meant), False)
                at = entity.end() if entity and known else bare.end()
        self._parser.Parse(text[at:], is_last)

    def _begin_literal(self) -> None:
        self._is_literal = True

    def _end_literal(self) -> None:
        self._is_literal = False

    def _start(self, name: str, attributes: Record) -> None:
        self._text = ""
        if self._open:
            self._open.append(attributes)
            self._open_names.append(name)
            if len(self._open) > DEEPEST:
                raise BrokenFileError("too_deep")
            return
        local = _local_name(name)
        if local in self._names:
            self._size = 0
            self._open.append(attributes)
            self._open_names.append(name)
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
        self._open_names.pop()
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

    def _unfinished(self) -> Record | None:
        """Return the record that has begun; the text that is being read is left out."""
        if not self._open:
            return None
        for name, parent, inner in reversed(list(zip(self._open_names[1:], self._open, self._open[1:], strict=False))):
            local = _local_name(name)
            if inner and local in parent:
                self._repeat(parent, local, inner)
            elif inner:
                parent[local] = inner
        return self._open[0]

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
