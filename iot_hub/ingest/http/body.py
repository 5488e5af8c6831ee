"""Reads a request's body, unpacked, and never more of it than allowed."""

from __future__ import annotations

import zlib

import zstandard
from starlette.types import Receive

from iot_hub.errors import TooLargeError, UnreadableError

GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS

MOST_MEMBERS = 100
"""Most members of gzip, or frames of zstd: files that were appended to each other. Each costs a new unpacker."""


async def read_body(receive: Receive, most_bytes: int) -> bytes:
    """Read a body as it comes. Raises TooLargeError beyond ``most_bytes``, and UnreadableError."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        body = await _read_on(receive, body, most_bytes)
    if len(body) > most_bytes:
        raise TooLargeError
    return body


async def _read_on(receive: Receive, first: bytes, most_bytes: int) -> bytes:
    parts = [first]
    size = len(first)
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise UnreadableError("The body ended early.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most_bytes:
            raise TooLargeError
        if not message.get("more_body"):
            return b"".join(parts)


def unpack(body: bytes, encoding: bytes, most_bytes: int) -> bytes:
    """Unpack gzip, zstd or deflate, or return a body as it is: a bomb is refused before it has grown.

    Raises TooLargeError beyond ``most_bytes``, and UnreadableError for what is broken, cut short or packed otherwise.
    """
    name = encoding.strip().lower()
    try:
        if name in (b"gzip", b"x-gzip", b"deflate"):
            return _unzip(body, most_bytes)
        if name == b"zstd":
            return _unpack_zstd(body, most_bytes)
    except (zlib.error, zstandard.ZstdError) as error:
        raise UnreadableError(f"The body is not valid {name.decode('ascii', 'replace')}.") from error
    if name in (b"", b"identity"):
        if len(body) > most_bytes:
            raise TooLargeError
        return body
    raise UnreadableError("Content-Encoding must be gzip, zstd, deflate or identity.")


def _unzip(body: bytes, most_bytes: int) -> bytes:
    parts: list[bytes] = []
    room = most_bytes
    for _ in range(MOST_MEMBERS):
        unpacker = zlib.decompressobj(GZIP_OR_ZLIB)
        parts.append(unpacker.decompress(body, room + 1))
        room -= len(parts[-1])
        if room < 0:
            raise TooLargeError
        if not unpacker.eof:
            raise UnreadableError("The packed body ended early.")
        # Some packers fill up with zeros (gzip(1)).
        body = unpacker.unused_data.lstrip(b"\0")
        if not body:
            return parts[0] if len(parts) == 1 else b"".join(parts)
    raise UnreadableError("The packed body has too many parts.")


def _unpack_zstd(body: bytes, most_bytes: int) -> bytes:
    parts: list[bytes] = []
    room = most_bytes
    for _ in range(MOST_MEMBERS):
        unpacker = zstandard.ZstdDecompressor(max_window_size=2**27)
        with unpacker.stream_reader(body) as reader:
            if len(reader.read(room + 1)) > room:
                raise TooLargeError
        # The one way is bounded, the other knows where the frame ended. The second is safe after the first.
        frame = unpacker.decompressobj()
        parts.append(frame.decompress(body))
        room -= len(parts[-1])
        if not frame.eof:
            raise UnreadableError("The packed body ended early.")
        body = frame.unused_data
        if not body:
            return b"".join(parts)
    raise UnreadableError("The packed body has too many parts.")
