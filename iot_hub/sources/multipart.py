"""Reads a form that came as ``multipart/form-data`` (RFC 7578).

Its boundary is the first line, so a form is known by its content alone: what is in quarantine is read the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_FIELDS = 500

_FIRST_LINE = re.compile(rb"--([^\r\n]{1,70})\r?\n")


class MultipartFormError(ValueError):
    """The form is not whole, or has too many fields."""


def is_multipart(text: bytes) -> bool:
    """Return whether a text begins as a form of several parts does."""
    return text.startswith(b"--") and _FIRST_LINE.match(text) is not None


def multipart_fields(text: bytes) -> list[tuple[bytes, bytes]]:
    """Return the names and values of a form's fields; files are no fields. Raises MultipartFormError."""
    boundary = _FIRST_LINE.match(text)
    if boundary is None:
        raise MultipartFormError
    form = _Form()
    parser = MultipartParser(boundary[1], form.callbacks())
    try:
        # Some clients write bare line feeds.
        parser.write(text if b"\r\n" in text else text.replace(b"\n", b"\r\n"))
    except MultipartParseError as error:
        raise MultipartFormError from error
    if not form.is_whole:
        raise MultipartFormError
    return list(form.fields())


class _Form:
    """Gathers the parts as the parser comes by them."""

    def __init__(self) -> None:
        self.is_whole = False
        self._parts: list[tuple[bytearray, bytearray]] = []
        self._header_name = b""
        self._header_value = b""

    def callbacks(self) -> MultipartCallbacks:
        """Return what the parser is to call."""
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": self._add_to_name,
            "on_header_value": self._add_to_value,
            "on_header_end": self._end_header,
            "on_part_data": self._add_data,
            "on_end": self._end,
        }

    def fields(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the parts that are fields."""
        for disposition, data in self._parts:
            kind, options = parse_options_header(bytes(disposition))
            if kind == b"form-data" and b"filename" not in options and options.get(b"name"):
                yield options[b"name"], bytes(data)

    def _begin_part(self) -> None:
        if len(self._parts) == MOST_FIELDS:
            raise MultipartFormError
        self._parts.append((bytearray(), bytearray()))

    def _add_to_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._parts[-1][0].extend(self._header_value)
        self._header_name = self._header_value = b""

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        self._parts[-1][1].extend(data[start:end])

    def _end(self) -> None:
        self.is_whole = True
