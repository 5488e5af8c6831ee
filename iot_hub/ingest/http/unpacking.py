"""Unpacks a body to its last byte, or refuses it: every member and frame, every packing upon another.

What a body is packed with is told by its first bytes (RFC 1952, RFC 8878, RFC 1950); only deflate without a head is
known by its name alone. So a body is read whether its ``Content-Encoding`` is right, missing, or says what nobody did.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Callable, Mapping

import zstandard

from iot_hub.errors import TooLargeError, UnreadableError, UnsupportedEncodingError

MOST_PACKINGS = 4
"""Most packings upon each other. A client's library may pack what its user had packed."""

MOST_MEMBERS = 1_000
"""Most members of gzip, or frames of zstd: files that were appended to each other. Each costs a new unpacker."""

_CHUNK = 65_536
"""Bytes that an unpacker gets at once: those behind the member's end are copied."""

_NAMES = frozenset({"gzip", "x-gzip", "zstd", "deflate"})
_PACKED = re.compile(
    rb"(?P<gzip>\x1f\x8b)|(?P<zstd>\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18)|(?P<zlib>x[\x01\x9c\xda])"
)
_PLAIN = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[\[{\"]|--|[A-Za-z0-9_.%-]+=)")
_ZEROS = re.compile(rb"\0*")


def is_packed(body: bytes) -> bool:
    """Return whether a body's first bytes are those of a packing, which no text begins with."""
    return _PACKED.match(body) is not None


def unpack(body: bytes, encoding: str, most_bytes: int) -> bytes:
    """Unpack a body by its ``Content-Encoding``, a list in the order of packing, and by what it is.

    A bomb is refused before it has grown. Raises TooLargeError beyond ``most_bytes`` unpacked, UnreadableError for what
    is broken, cut short or followed by something else, and UnsupportedEncodingError.
    """
    named = [name for name in (part.strip().lower() for part in encoding.split(",")) if name not in ("", "identity")]
    if not _NAMES.issuperset(named):
        raise UnsupportedEncodingError
    if named and not body:
        raise UnreadableError("The packed body is empty.")
    packings = 0
    while named or is_packed(body):
        name = named.pop() if named else ""
        if packings == MOST_PACKINGS:
            raise UnreadableError(f"The body is packed more than {MOST_PACKINGS} times.")
        body = _unpack_once(body, name, most_bytes)
        packings += 1
    if len(body) > most_bytes:
        raise TooLargeError
    return body


def _unpack_once(body: bytes, name: str, most_bytes: int) -> bytes:
    found = _PACKED.match(body)
    if found:
        return _unpack_as(str(found.lastgroup), body, most_bytes)
    if name == "deflate":
        with contextlib.suppress(UnreadableError):
            return _unpack_as(name, body, most_bytes)
    if not _is_plain(body):
        raise UnreadableError(f"The body is not valid {name}, or was cut short.")
    return body


def _unpack_as(packing: str, body: bytes, most_bytes: int) -> bytes:
    try:
        return _UNPACK[packing](body, most_bytes)
    except (zlib.error, zstandard.ZstdError) as error:
        raise UnreadableError(f"The body is not valid {packing}.") from error


def _is_plain(body: bytes) -> bool:
    """Return whether a body that is said to be packed is JSON or a form: something forgot to pack it."""
    try:
        return _PLAIN.match(body) is not None and bool(body.decode())
    except UnicodeDecodeError:
        return False


def _unpack_gzip(body: bytes, most_bytes: int) -> bytes:
    return _inflate(body, most_bytes, 16 + zlib.MAX_WBITS)


def _unpack_zlib(body: bytes, most_bytes: int) -> bytes:
    return _inflate(body, most_bytes, zlib.MAX_WBITS)


def _unpack_deflate(body: bytes, most_bytes: int) -> bytes:
    """Unpack deflate with zlib's head, which the name means (RFC 9110, 8.4.1.2), or without, as many understand it."""
    has_head = len(body) > 1 and body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    if has_head:
        with contextlib.suppress(zlib.error):
            return _inflate(body, most_bytes, zlib.MAX_WBITS)
    return _inflate(body, most_bytes, -zlib.MAX_WBITS)


def _inflate(body: bytes, room: int, window_bits: int) -> bytes:
    source, at = memoryview(body), 0
    parts: list[bytes] = []
    for _ in range(MOST_MEMBERS):
        unpacker = zlib.decompressobj(window_bits)
        while not unpacker.eof:
            chunk = source[at : at + _CHUNK]
            if not chunk:
                raise UnreadableError("The packed body ended early.")
            parts.append(unpacker.decompress(chunk, room + 1))
            room -= len(parts[-1])
            if room < 0:
                raise TooLargeError
            at += len(chunk) - len(unpacker.unused_data)
        # Some packers fill up with zeros (gzip(1)).
        at = _ZEROS.match(body, at).end()  # type: ignore[union-attr]
        if at == len(body):
            return b"".join(parts)
    raise UnreadableError("The packed body has too many parts.")


def _unpack_zstd(body: bytes, room: int) -> bytes:
    source, at = memoryview(body), 0
    parts: list[bytes] = []
    for _ in range(MOST_MEMBERS):
        unpacker = zstandard.ZstdDecompressor(max_window_size=2**27)
        with unpacker.stream_reader(source[at:]) as reader:
            if len(reader.read(room + 1)) > room:
                raise TooLargeError
        # The one way is bounded, the other knows where the frame ended. The second is safe after the first.
        frame = unpacker.decompressobj()
        while not frame.eof:
            chunk = source[at : at + _CHUNK]
            if not chunk:
                raise UnreadableError("The packed body ended early.")
            parts.append(frame.decompress(chunk))
            room -= len(parts[-1])
            at += len(chunk) - len(frame.unused_data)
        if at == len(body):
            return b"".join(parts)
    raise UnreadableError("The packed body has too many parts.")


_UNPACK: Mapping[str, Callable[[bytes, int], bytes]] = {
    "gzip": _unpack_gzip,
    "zstd": _unpack_zstd,
    "zlib": _unpack_zlib,
    "deflate": _unpack_deflate,
}
