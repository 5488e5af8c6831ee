"""Reads a request's body, unpacked, and never more of it than allowed."""

from __future__ import annotations

import zlib

import zstandard
from starlette.types import Receive

from iot_hub.errors import TooLargeError, UnreadableError

GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


async def read_body(receive: Receive, encoding: bytes, most_bytes: int) -> bytes:
    """Read and unpack a body (gzip, zstd, deflate, or as it is).

    Raises TooLargeError beyond ``most_bytes``, packed or unpacked, and UnreadableError.
    """
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        body = await _read_on(receive, body, most_bytes)
    if len(body) > most_bytes:
        raise TooLargeError
    return unpack(body, encoding, most_bytes) if encoding else body


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
    """Unpack at most ``most_bytes``: a bomb is refused before it has grown."""
    name = encoding.strip().lower()
    try:
        if name in (b"gzip", b"x-gzip", b"deflate"):
            unpacker = zlib.decompressobj(GZIP_OR_ZLIB)
            unpacked = unpacker.decompress(body, most_bytes + 1)
            whole = unpacker.eof
        elif name == b"zstd":
            with zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(body) as reader:
                unpacked = reader.read(most_bytes + 1)
            whole = True
        elif name == b"identity":
            return body
        else:
            raise UnreadableError("Content-Encoding must be gzip, zstd, deflate or identity.")
    except (zlib.error, zstandard.ZstdError) as error:
        raise UnreadableError(f"The body is not valid {name.decode('ascii', 'replace')}.") from error
    if len(unpacked) > most_bytes:
        raise TooLargeError
    if not whole:
        raise UnreadableError("The packed body ended early.")
    return unpacked
