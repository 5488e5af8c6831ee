"""Packed streams, told by their first bytes: gzip, bzip2, xz and zstd, of one part or of several."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from iot_hub.transfer.imports.stream import HEAD, PulledStream, Stream

XZ_MEMORY = 100 << 20
"""Bytes that unpacking xz may take: what ``xz -9`` wrote asks for 65 MB."""
ZSTD_WINDOW = 64 << 20
ZSTD_PIECE = 512
"""Bytes that are unpacked at once: zstd has no bound of its own, and four of them may become 128 kB."""


class Packing(NamedTuple):
    """A way of packing one stream: how its files end, and what unpacks one."""

    suffix: str
    unpacked: Callable[[Stream], io.RawIOBase | io.BufferedIOBase]


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Zstd:
    """zstd behind the face of the standard library's decompressors."""

    needs_input = True

    def __init__(self) -> None:
        import zstandard

        self._inner = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj()
        self._error = zstandard.ZstdError

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, _: int) -> bytes:
        try:
            return self._inner.decompress(data)
        except self._error as error:
            raise ValueError(str(error)) from error


class _Unpacked(PulledStream):
    """A packed stream's content. Raises EOFError where it is cut short, or what its decompressor raises."""

    def __init__(self, packed: Stream, new: Callable[[], _Decompressor], piece_size: int = HEAD) -> None:
        super().__init__()
        self._packed = packed
        self._new = new
        self._piece_size = piece_size
        self._part: _Decompressor | None = None
        self._rest = b""

    def pull(self) -> bytes:
        while True:
            data = b""
            if self._part is None or self._part.needs_input:
                data, self._rest = self._rest or self._packed.read(self._piece_size), b""
                if not data and self._part is None:
                    return b""
                if not data:
                    raise EOFError("it is cut short")
            part = self._part = self._part or self._new()
            unpacked = part.decompress(data, HEAD)
            if part.eof:  # Another part may follow; what pads it is nothing.
                self._part, self._rest = None, part.unused_data.lstrip(b"\0")
            if unpacked:
                return unpacked


# By their first bytes.
_PACKINGS: Mapping[bytes, Packing] = {
    b"\x1f\x8b": Packing(".gz", lambda packed: gzip.GzipFile(fileobj=packed)),
    b"BZh": Packing(".bz2", lambda packed: _Unpacked(packed, bz2.BZ2Decompressor)),
    b"\xfd7zXZ\0": Packing(
        ".xz", lambda packed: _Unpacked(packed, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY))
    ),
    b"\x28\xb5\x2f\xfd": Packing(".zst", lambda packed: _Unpacked(packed, _Zstd, ZSTD_PIECE)),
}


def packing_of(head: bytes) -> Packing | None:
    """Return how a file is packed, by its first bytes; None for one that is not."""
    return next((packing for sign, packing in _PACKINGS.items() if head.startswith(sign)), None)
