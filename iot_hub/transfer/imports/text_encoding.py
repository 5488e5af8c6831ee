r"""A file's text as UTF-8 with ``\n``, whatever it was written in.

In this order: a byte order mark; every other byte 0, which is UTF-16 without one; what an XML declaration says; UTF-8.
Where a file claims nothing and is no UTF-8, each byte that is none is a character of the fallback, by default of
Windows-1252. A file with a byte 0 besides is no text, and is left alone.
"""

from __future__ import annotations

import codecs
import re
from functools import cache
from typing import NamedTuple

from iot_hub.transfer.imports.stream import HEAD, PulledStream, Stream, buffered, head_of

UTF_8 = "utf-8"
FALLBACK = "windows-1252"

_LOOKED_AT = 256
# The marks of UTF-32 begin with those of UTF-16.
_MARKS = {
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_declared = re.compile(rb"""\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""").match
# Not UTF-16: a file that could be read as far as its declaration is none.
_is_charset = re.compile(r"iso-?8859|latin|windows-|cp-?\d|koi8|mac|gb|big5|shift|euc", re.IGNORECASE).match


class Encoding(NamedTuple):
    """How a file's bytes are text: its codec, and how long its mark is."""

    codec: str
    mark: int = 0


class Utf8Stream(PulledStream):
    """A file's text as UTF-8 with LF."""

    def __init__(self, source: Stream, encoding: Encoding, fallback: str) -> None:
        """Read from a stream of which nothing was read."""
        super().__init__()
        self._source = source
        self._codec = encoding.codec
        self._is_utf_8 = encoding.codec == UTF_8
        self._fallback = fallback
        self._decoder = codecs.getincrementaldecoder(encoding.codec)("strict" if self._is_utf_8 else "replace")
        self._has_cr_lines: bool | None = None
        self._has_ended = False
        source.read(encoding.mark)

    @property
    def converted_from(self) -> str | None:
        """What the text was converted from so far; None for UTF-8."""
        return None if self._codec == UTF_8 else self._codec

    def pull(self) -> bytes:
        """Return the next piece."""
        piece = b""
        while not piece and not self._has_ended:
            chunk = self._source.read(HEAD)
            self._has_ended = not chunk
            piece = self._converted(chunk)
        if self._has_cr_lines is None:
            self._has_cr_lines = b"\r" in piece and b"\n" not in piece
        return piece.replace(b"\r", b"\n") if self._has_cr_lines else piece

    def _converted(self, chunk: bytes) -> bytes:
        if self._is_utf_8 and chunk.isascii() and not self._decoder.getstate()[0]:
            return chunk
        try:
            return self._decoder.decode(chunk, not chunk).encode()
        except UnicodeDecodeError:
            # From here on: what was read before is the same in both.
            waiting = self._decoder.getstate()
            self._codec = self._fallback
            self._decoder = codecs.getincrementaldecoder(UTF_8)(_handler(self._fallback))
            self._decoder.setstate(waiting)
            return self._decoder.decode(chunk, not chunk).encode()


def as_text(stream: Stream, fallback: str = FALLBACK) -> Stream:
    """Return a file's text as UTF-8; or the file itself where it is no text."""
    encoding = encoding_of(head_of(stream))
    return buffered(Utf8Stream(stream, encoding, fallback)) if encoding else stream


def encoding_of(head: bytes) -> Encoding | None:
    """Return how a file is encoded, by its first bytes; None for one that is no text."""
    for mark, codec in _MARKS.items():
        if head.startswith(mark):
            return Encoding(codec, len(mark))
    if b"\0" in head:
        return _without_mark(head[:_LOOKED_AT])
    declared = _declared(head)
    name = declared[1].decode() if declared else UTF_8
    return Encoding(name if _is_charset(name) and is_known(name) else UTF_8)


def is_known(name: str) -> bool:
    """Return whether there is a text encoding of that name."""
    try:
        b"".decode(name)
        codecs.getincrementaldecoder(name)
    except (LookupError, ValueError):
        return False
    return True


def _without_mark(head: bytes) -> Encoding | None:
    """Recognise UTF-16 by its zeros: a file to import begins with signs that are ASCII."""
    for codec, signs, zeros in (("utf-16-le", head[::2], head[1::2]), ("utf-16-be", head[1::2], head[::2])):
        if zeros.count(0) >= 0.9 * len(zeros) and 0 not in signs and signs[:1].decode("latin-1").isprintable():
            return Encoding(codec)
    return None


@cache
def _handler(codec: str) -> str:
    """Return the name of an error handler that decodes what is no UTF-8 by a codec, byte by byte."""

    def decode(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        wrong = error.object[error.start : error.end]
        return "".join(bytes([byte]).decode(codec, "replace") for byte in wrong), error.end

    name = f"iot_hub_{codec}"
    codecs.register_error(name, decode)
    return name
