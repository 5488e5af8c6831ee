"""The files of an import: a file, a folder of them, or an archive, each part of it with its format."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from iot_hub.errors import UserError
from iot_hub.transfer.imports.formats import FORMATS, Format
from iot_hub.transfer.imports.recognition import ARCHIVE, recognised
from iot_hub.transfer.imports.stream import Stream, buffered, head_of

_GZIP = b"\x1f\x8b"


class Part(NamedTuple):
    """A file to read: its name, its bytes, and its format; None for one of no format or of another than asked."""

    name: str
    stream: Stream
    format: Format | None


def files_of(paths: list[Path]) -> list[Path]:
    """List files, those of folders in order. Raises UserError for what is not there."""
    missing = next((path for path in paths if not path.exists()), None)
    if missing:
        raise UserError(f"There is no file {missing}.")
    return [file for path in paths for file in (_files_in(path) if path.is_dir() else [path])]


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def open_stream(path: Path) -> Stream:
    """Open a file. Raises UserError where it can't be read."""
    try:
        return buffered(io.FileIO(path))
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}.") from error


def parts_of(file: Stream, name: str, asked: Format | None, *, is_named: bool) -> Iterator[Part]:
    """Yield the parts of a file, itself or those of an archive.

    A file that was named is of the format that was named, whatever it looks like. Raises UserError for an archive
    that can't be unpacked.
    """
    head = head_of(file)
    if head.startswith(_GZIP):
        with buffered(gzip.GzipFile(fileobj=file)) as unpacked:
            yield _part(name.removesuffix(".gz"), unpacked, asked, is_named=is_named)
    elif recognised(head) == ARCHIVE:
        yield from _members(file, name, asked)
    else:
        yield _part(name, file, asked, is_named=is_named)


def _part(name: str, stream: Stream, asked: Format | None, *, is_named: bool) -> Part:
    found = FORMATS.get(recognised(_head(stream)) or "")
    if asked is None:
        return Part(name, stream, found)
    return Part(name, stream, asked if is_named or found is asked else None)


def _head(stream: Stream) -> bytes:
    try:
        return head_of(stream)
    except (OSError, EOFError, zlib.error):
        return b""  # Its reader reports what is broken.


def _members(stream: Stream, name: str, asked: Format | None) -> Iterator[Part]:
    try:
        with zipfile.ZipFile(stream) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    with buffered(archive.open(member)) as unpacked:
                        yield _part(member.filename, unpacked, asked, is_named=False)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise UserError(f"{name} can't be unpacked: {error}. Unpack it, and import the folder.") from error
