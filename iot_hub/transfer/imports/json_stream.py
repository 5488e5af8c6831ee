"""A JSON file of any size, part by part: the elements of its arrays, each with its own text.

A gigabyte of positions is one array in one object. Python's own scanner says where each element ends
and what it means, at the cost of decoding it once.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from iot_hub.transfer.imports.record import BrokenFileError
from iot_hub.transfer.imports.stream import Stream

CHUNK = 1 << 18
LARGEST_ELEMENT = 1 << 23
"""Characters of one element, at most: decoded, it takes ten times as much memory."""

_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
_space = re.compile(r"[ \t\r\n]*").match


class Element(NamedTuple):
    """A part of a JSON file: in which array ('' for the file's own), or what member of the object; text and value."""

    name: str
    text: str
    value: Any

    def encoded(self) -> bytes:
        """Return the text's bytes. Raises UnicodeEncodeError, a ValueError, where the file's are no UTF-8."""
        return self.text.encode()

    def original(self) -> bytes:
        """Return the file's own bytes, also where they are no UTF-8."""
        return self.text.encode(errors="surrogateescape")


def elements(stream: Stream, depth: int = 1) -> Iterator[Element]:
    """Yield the elements of a file's array, or of each array in its object; the object's other members whole.

    More depth goes into arrays in arrays and objects in objects, too. Raises BrokenFileError where it is no JSON any
    more, after all that was whole.
    """
    text = _Text(stream)
    opening = text.read()
    if opening == "[":
        yield from _elements_of(text, "", depth - 1)
    elif opening == "{":
        yield from _members(text, depth - 1)
    else:
        raise text.broken()
    if text.peek():  # A file holds one array or object: what follows is reported, and not passed over.
        raise text.broken()


def _members(text: _Text, depth: int) -> Iterator[Element]:
    sign = text.peek()
    while sign != "}":
        name = text.value()[1]
        if not isinstance(name, str) or text.read() != ":":
            raise text.broken()
        if text.peek() == "[":
            text.read()
            yield from _elements_of(text, name, 0)
        elif depth and text.peek() == "{":
            text.read()
            yield from _members(text, depth - 1)
        else:
            yield Element(name, *text.value())
        sign = text.read()
        if sign not in (",", "}"):
            raise text.broken()


def _elements_of(text: _Text, name: str, depth: int) -> Iterator[Element]:
    if text.peek() == "]":
        text.read()
        return
    sign = ","
    while sign == ",":
        if depth and text.peek() == "[":
            text.read()
            yield from _elements_of(text, name, depth - 1)
        else:
            yield Element(name, *text.value())
        sign = text.read()
    if sign != "]":
        raise text.broken()


class _Text:
    """The text of a file, as far as it was read and is not dealt with."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape").decode
        self._text = ""
        self._at = 0

    def peek(self) -> str:
        """Return the next character that is no space; '' at the end."""
        while True:
            self._at = _space(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read_on():
                return ""

    def read(self) -> str:
        """Read the next character that is no space."""
        sign = self.peek()
        self._at += 1
        return sign

    def value(self) -> tuple[str, Any]:
        """Read the next value: its text, and what it means."""
        self.peek()
        while True:
            try:
                value, end = _scan(self._text, self._at)
            except RecursionError as error:
                raise self.broken("too_deep") from error
            except (StopIteration, ValueError):
                end = len(self._text)
            # A number at the end of what was read may go on.
            if end < len(self._text):
                start, self._at = self._at, end
                return self._text[start:end], value
            if not self._read_on():
                raise self.broken()

    def broken(self, reason: str = "not_json") -> BrokenFileError:
        """Make the error for what comes next."""
        return BrokenFileError(reason, self._text[self._at :].encode(errors="surrogateescape"))

    def _read_on(self) -> bool:
        waiting = len(self._text) - self._at
        if waiting > LARGEST_ELEMENT:
            raise self.broken("too_large")
        chunk = self._stream.read(max(CHUNK, waiting))
        self._text = self._text[self._at :] + self._decode(chunk, not chunk)
        self._at = 0
        return bool(chunk)
