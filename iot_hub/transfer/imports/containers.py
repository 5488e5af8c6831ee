"""What is packed in a file: archives in archives (zip, tar), and packed files in them, to a bounded depth and size.

Names within an archive are for people: nothing is ever written under them. A member that can't be read spoils no other.
"""

from __future__ import annotations

import io
import lzma
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import cast

from iot_hub.transfer.imports.decompression import packing_of
from iot_hub.transfer.imports.stream import HEAD, PulledStream, Stream, buffered, head_of, spooled

DEEPEST = 4
"""Archives and packed files within each other: a ``tgz`` is two."""
LEAST_BOUND = 1 << 30
LARGEST_RATIO = 250
"""A file may unpack to 1 GB, or to 250 times its own size, which no log of positions reaches."""
LARGEST_DIRECTORY = 1 << 24
"""Bytes of a zip's list of members, which is in memory as a whole: 150,000 of them."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_UNKNOWN_ARCHIVES = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
_BLOCK = 512
_END_OF_ZIP = 22 + 65_535
"""Bytes of the last record of a zip at most, with its comment."""
# What unpacking raises where the bytes are no good: each library has its own.
_UNPACKABLE = (
    zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error, struct.error,
    EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip

Raw = io.RawIOBase | io.BufferedIOBase


class TroubleError(Exception):
    """Something packed can't be read; the argument is the reason's code."""


@dataclass
class Member:
    """A file: its name, its bytes, why they can't be unpacked, and whether it is in an archive."""

    name: str
    stream: Stream
    trouble: str | None = None
    is_archived: bool = False

    @property
    def damage(self) -> str | None:
        """Why the bytes ended before their time, once they are read; None where they did not."""
        return self.trouble or _trouble_of(self.stream)


class _Allowance:
    """How many bytes a file may yet unpack to, with all that is in it."""

    def __init__(self, packed_bytes: int) -> None:
        self._left = max(LEAST_BOUND, LARGEST_RATIO * packed_bytes)

    def take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise TroubleError("unpacks_too_far")


class _Unpacked(PulledStream):
    """What is unpacked, as far as it goes: an error is the end of the stream, and its reason is kept."""

    def __init__(self, raw: Raw, allowance: _Allowance) -> None:
        super().__init__()
        # At most one read of what is below: several would lose what was whole before an error.
        self._raw = raw
        self._read = raw.read if isinstance(raw, io.RawIOBase) else raw.read1
        self._allowance = allowance
        self.trouble: str | None = None

    def pull(self) -> bytes:
        if self.trouble:
            return b""
        try:
            piece = self._read(HEAD) or b""
            self._allowance.take(len(piece))
        except (*_UNPACKABLE, TroubleError) as error:
            self.trouble = _reason(error)
            return b""
        return piece


def members_of(file: Stream, name: str) -> Iterator[Member]:
    """Yield the files in an archive, or the file itself where it is none; each is to be read before the next.

    What can't be unpacked is a member with its trouble. Memory is bounded; an archive in an archive is copied to
    a temporary file, since its list of members stands at its end.
    """
    size = os.fstat(file.fileno()).st_size
    return _Unpacking(_Allowance(size)).members(file, name, "", 0)


class _Unpacking:
    """Unpacks one file, with all that is in it."""

    def __init__(self, allowance: _Allowance) -> None:
        self._allowance = allowance

    def members(self, stream: Stream, name: str, within: str, depth: int) -> Iterator[Member]:
        """Yield what a stream holds; ``within`` stands before the names of an archive's members."""
        head = head_of(stream)
        packing = packing_of(head)
        is_zip = head.startswith(_ZIP)
        is_archived = bool(within)
        if head.startswith(_UNKNOWN_ARCHIVES):
            yield Member(name, stream, "archive_unknown", is_archived)
        elif not (packing or is_zip or _is_tar(head)):
            yield Member(name, stream, None, is_archived)
        elif depth == DEEPEST:
            yield Member(name, stream, "packed_too_deep", is_archived)
        elif packing:
            yield from self._inner(packing.unpacked(stream), name.removesuffix(packing.suffix), within, depth)
        else:
            try:
                yield from (self._zipped if is_zip else self._tarred)(stream, within, depth)
            except (*_UNPACKABLE, TroubleError) as error:
                yield Member(name, stream, _trouble_of(stream) or _reason(error), is_archived)

    def _inner(self, raw: Raw, name: str, within: str, depth: int) -> Iterator[Member]:
        with buffered(_Unpacked(raw, self._allowance)) as stream:
            yield from self.members(stream, name, within, depth + 1)

    def _zipped(self, stream: Stream, within: str, depth: int) -> Iterator[Member]:
        seekable: AbstractContextManager[Stream] = nullcontext(stream) if stream.seekable() else spooled(stream)
        with seekable as file:
            _check_directory(file)
            with zipfile.ZipFile(file) as archive:
                for member in archive.infolist():
                    if not member.is_dir():
                        yield from self._zip_member(archive, member, within, depth)

    def _zip_member(
        self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, within: str, depth: int
    ) -> Iterator[Member]:
        name = within + displayed(member.filename)
        nothing = buffered(io.BytesIO())
        if member.flag_bits & 1:
            yield Member(name, nothing, "encrypted", is_archived=True)
            return
        try:
            opened = archive.open(member)
        except _UNPACKABLE as error:
            yield Member(name, nothing, _reason(error), is_archived=True)
            return
        with opened:
            yield from self._inner(cast(io.BufferedIOBase, opened), name, f"{name}/", depth)

    def _tarred(self, stream: Stream, within: str, depth: int) -> Iterator[Member]:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                archive.members = []  # type: ignore[attr-defined]  # It would remember each.
                file = archive.extractfile(member) if member.isfile() else None
                if file:
                    name = within + displayed(member.name)
                    yield from self._inner(cast(io.BufferedIOBase, file), name, f"{name}/", depth)
        if trouble := _trouble_of(stream):
            raise TroubleError(trouble)


def displayed(name: str) -> str:
    """Return a name as a terminal may show it: whoever made an archive chose it."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)


def _trouble_of(stream: Stream) -> str | None:
    raw = stream.raw
    return raw.trouble if isinstance(raw, _Unpacked) else None


def _is_tar(head: bytes) -> bool:
    """Return whether a file begins as a tar does: its first block has a check sum, and old ones no other sign."""
    try:
        tarfile.TarInfo.frombuf(head[:_BLOCK], tarfile.ENCODING, "surrogateescape")
    except tarfile.TarError:
        return False
    return True


def _check_directory(file: Stream) -> None:
    """Check that a zip's list of members can be held. Raises TroubleError."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END_OF_ZIP - 76))
    end = file.read()
    at, at_64 = end.rfind(b"PK\x05\x06"), end.rfind(b"PK\x06\x06")
    sizes = [struct.unpack_from("<L", end, at + 12)[0]] if at >= 0 else []
    if at_64 >= 0 and sizes == [0xFFFFFFFF]:
        sizes = [struct.unpack_from("<Q", end, at_64 + 40)[0]]
    if any(each > LARGEST_DIRECTORY for each in sizes):
        raise TroubleError("too_many_members")


def _reason(error: Exception) -> str:
    if isinstance(error, TroubleError):
        return str(error)
    return "packing_unknown" if isinstance(error, NotImplementedError) else "broken_archive"
