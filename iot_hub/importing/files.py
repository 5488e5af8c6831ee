"""The files of an import: a file, a folder of them, or an archive, each part of it with its format."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from iot_hub.errors import UserError
from iot_hub.importing.formats import FORMATS, Format
from iot_hub.importing.peeking import Peeking
from iot_hub.importing.recognition import ARCHIVE, recognised

_GZIP = b"\x1f\x8b"


class Part(NamedTuple):
    """A file to read: its name, its bytes, and its format; None for a file that is of no format, or not of the asked one."""

    name: str
    stream: BinaryIO
    format: Format | None


def files_of(paths: list[Path]) -> list[Path]:
    """List files, those of folders in order. Raises UserError for what is not there."""
    missing = next((path for path in paths if not path.exists()), None)
    if missing:
        raise UserError(f"There is no file {missing}.")
    return [file for path in paths for file in (_files_in(path) if path.is_dir() else [path])]


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def opened(path: Path) -> io.FileIO:
    """Open a file. Raises UserError where it can't be read."""
    try:
        return io.FileIO(path)
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}.") from error


def parts_of(file: io.FileIO, name: str, asked: Format | None, *, is_alone: bool) -> Iterator[Part]:
    """Give the parts of a file, itself or those of an archive. Raises UserError for an unknown file that is alone."""
    peeking = Peeking(file)
    kind = recognised(peeking.head)
    if peeking.head.startswith(_GZIP):
        unpacked = Peeking(gzip.GzipFile(fileobj=peeking))
        yield Part(name.removesuffix(".gz"), unpacked, asked or _format(recognised(unpacked.head)))
    elif kind == ARCHIVE:
        yield from _members(peeking, name, asked)
    elif is_alone:
        yield Part(name, peeking, asked or _known(kind, name))
    else:
        yield Part(name, peeking, _wanted(kind, asked))


def _members(stream: io.BufferedReader, name: str, asked: Format | None) -> Iterator[Part]:
    try:
        with zipfile.ZipFile(stream) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    with archive.open(member) as packed:
                        part = Peeking(packed)
                        yield Part(member.filename, part, _wanted(recognised(part.head), asked))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise UserError(f"{name} can't be unpacked: {error}. Unpack it, and import the folder.") from error


def _known(kind: str | None, name: str) -> Format:
    if kind is None:
        raise UserError(f"{name} is of no known format. Name it: {', '.join(FORMATS)}.")
    return FORMATS[kind]


def _format(kind: str | None) -> Format | None:
    return FORMATS.get(kind or "")


def _wanted(kind: str | None, asked: Format | None) -> Format | None:
    found = _format(kind)
    return found if asked is None or found is asked else None
