"""The files of an import: a file, a folder of them, or an archive, each part of it with its format."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import msgspec

from iot_hub.errors import UserError
from iot_hub.event import Rejected
from iot_hub.local_times import LocalTimes
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.containers import Member, members_of
from iot_hub.transfer.imports.formats import FORMATS, Format
from iot_hub.transfer.imports.recognition import recognised
from iot_hub.transfer.imports.record import ImportResult
from iot_hub.transfer.imports.stream import Stream, buffered, head_of
from iot_hub.transfer.imports.text_encoding import FALLBACK, Utf8Stream, as_text


@dataclass
class Part:
    """A file to read, and its format: None for one of no format, of another than asked, or that can't be unpacked."""

    member: Member
    stream: Stream
    format: Format | None
    folder: Path
    """Where it is, or its archive."""
    local_times: LocalTimes = field(default_factory=LocalTimes)
    """How its times without an offset were read so far."""

    @property
    def name(self) -> str:
        """Its name, that of its archives before it."""
        return self.member.name

    @property
    def trouble(self) -> str | None:
        """Why it can't be unpacked, or not to its end, as far as is known yet."""
        return self.member.damage

    @property
    def converted_from(self) -> str | None:
        """The encoding that its text was in, as far as it was read; None for UTF-8, and for what is no text."""
        raw = self.stream.raw
        return raw.converted_from if isinstance(raw, Utf8Stream) else None

    def tags_in(self, context: ParseContext) -> Iterator[str]:
        """Yield the tags of its trackers, instead of reading it: perhaps too many, never too few."""
        if self.format:
            yield from self.format.tags_in(self.stream, self._with_file(context))

    def read(self, context: ParseContext) -> Iterator[ImportResult]:
        """Read it; where its bytes end before their time, that is rejected after all that was whole."""
        if self.format:
            yield from self.format.read(self.stream, self._with_file(context))
        if trouble := self.trouble:
            yield Rejected(-1, b"", trouble)

    def _with_file(self, context: ParseContext) -> ParseContext:
        file = str(self.folder / self.name)
        return msgspec.structs.replace(context, file=file, local_times=self.local_times)


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


def parts_of(
    file: Stream, name: str, asked: Format | None, *, is_named: bool, fallback: str = FALLBACK
) -> Iterator[Part]:
    """Yield the parts of a file: itself, or those of an archive. Each is to be read before the next.

    A file that was named is of the format that was named, whatever it looks like; ``fallback`` is the encoding of
    text that is no UTF-8.
    """
    folder = Path(cast(io.FileIO, file.raw).name).parent
    for member in members_of(file, name):
        # What is in an archive has another name, unless it is only packed.
        is_whole = is_named and not member.is_archived
        text = as_text(member.stream, fallback)
        found = None if member.trouble else _format_of(text, asked, is_named=is_whole)
        yield Part(member, text, found, folder)


def _format_of(text: Stream, asked: Format | None, *, is_named: bool) -> Format | None:
    if is_named and asked:
        return asked
    found = FORMATS.get(recognised(head_of(text)) or "")
    return found if asked in (None, found) else None
