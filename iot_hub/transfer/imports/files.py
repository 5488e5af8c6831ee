"""The files of an import: a file, a folder of them, or an archive, each part of it with its format."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from iot_hub.errors import UserError
from iot_hub.event import Rejected
from iot_hub.local_times import LocalTimes
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.containers import Member, members_of
from iot_hub.transfer.imports.formats import FORMATS, Format
from iot_hub.transfer.imports.google_phones import count_phones, may_have_tags
from iot_hub.transfer.imports.recognition import recognised
from iot_hub.transfer.imports.record import ImportResult
from iot_hub.transfer.imports.stream import HEAD, IN_MEMORY, Stream, buffered, head_of
from iot_hub.transfer.imports.text_encoding import FALLBACK, Utf8Stream, as_text


@dataclass
class Part:
    """A file to read, and its format: None for one of no format, of another than asked, or that can't be unpacked."""

    member: Member
    stream: Stream
    format: Format | None
    fallback: str
    local_times: LocalTimes = field(default_factory=LocalTimes)
    """How its times without an offset were read so far."""
    _text: Stream | None = None
    """What a copy was made of."""

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
        raw = (self._text or self.stream).raw
        return raw.converted_from if isinstance(raw, Utf8Stream) else None

    def count_phones(self) -> Counter[str]:
        """Count the records of each phone of a Google account by its tag, while nothing was read. Begins again."""
        if not (self.format and self.format.name == "google-timeline" and may_have_tags(head_of(self.stream))):
            return Counter()
        if not self.member.is_repeatable:
            copy = tempfile.SpooledTemporaryFile(IN_MEMORY)
            shutil.copyfileobj(self.stream, copy, HEAD)
            self._text, self.stream = self.stream, buffered(copy)
            copy.seek(0)
            counted = count_phones(self.stream)
            self.stream.seek(0)
            return counted
        self.member.restart()
        counted = count_phones(as_text(self.member.stream, self.fallback))
        self.member.restart()
        self.stream = as_text(self.member.stream, self.fallback)
        return counted

    def read(self, context: ParseContext) -> Iterator[ImportResult]:
        """Read it; where its bytes end before their time, that is rejected after all that was whole."""
        if self.format:
            own = msgspec.structs.replace(context, file=self.name, local_times=self.local_times)
            yield from self.format.read(self.stream, own)
        if trouble := self.trouble:
            yield Rejected(-1, b"", trouble)


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
    for member in members_of(file, name):
        # What is in an archive has another name, unless it is only packed.
        is_whole = is_named and not member.is_archived
        text = as_text(member.stream, fallback)
        yield Part(member, text, None if member.trouble else _format_of(text, asked, is_named=is_whole), fallback)


def _format_of(text: Stream, asked: Format | None, *, is_named: bool) -> Format | None:
    if is_named and asked:
        return asked
    found = FORMATS.get(recognised(head_of(text)) or "")
    return found if asked in (None, found) else None
