"""Runs an import: files are read here, and stored by a thread beside.

1. Each file is opened and unpacked, and the format of each of its parts recognised.
2. Its records are read; events gather in batches, and each batch is one commit.
3. The database passes over what it holds. An import that was killed is the same import again: to skip records
   here would save none of the reading, which is what takes the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.rows import DictRow

from iot_hub.errors import UserError
from iot_hub.event import Event, Rejected
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.quarantine import QuarantinedPayload
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports.accounting import MEANINGS, Account
from iot_hub.transfer.imports.devices import Devices
from iot_hub.transfer.imports.files import Part, files_of, open_stream, parts_of
from iot_hub.transfer.imports.formats import FORMATS, Format
from iot_hub.transfer.imports.record import Ignored, ImportResult
from iot_hub.transfer.imports.storing import BATCH_BYTES, BATCH_RECORDS, Batch, BatchStore
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.tally import UNTAGGED
from iot_hub.transfer.imports.text_encoding import FALLBACK
from iot_hub.transfer.imports.trackers import check_one_tracker, tag_in

Connection = psycopg.Connection[DictRow]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Import:
    """What to import and how: a format, or None for whatever each file is; whose readings they are."""

    paths: Sequence[Path]
    format: Format | None
    context: Callable[[Format], ParseContext]
    device: str | None = None
    add_device: str | None = None
    is_dry_run: bool = False
    tags: frozenset[str] = frozenset()
    """The tags of the trackers whose records are meant, where files hold those of several."""
    encoding: str = FALLBACK
    """What text is read as that is no UTF-8."""

    @property
    def may_merge(self) -> bool:
        """Whether records of several trackers could become those of one device, without anybody having asked for it."""
        return self.device is not None and not self.tags and bool(self.format is None or self.format.trackers)

    def parts(self, file: Stream, path: Path) -> Iterator[Part]:
        """Yield the parts of an open file. Each is to be read before the next."""
        is_named = path in self.paths
        return parts_of(file, path.name, self.format, is_named=is_named, fallback=self.encoding)


def run_import(
    wanted: Import,
    reading: Connection,
    storing: Connection,
    on_progress: Progress = lambda *_: None,
    on_count: Progress = lambda *_: None,
) -> Account:
    """Import files; return the account of every record. Safe to repeat: duplicates are skipped.

    ``on_count`` is called instead of ``on_progress`` while the records of several trackers are counted, before any is
    stored. Devices are looked up over ``reading`` while ``storing`` is busy. Raises UserError, or DatabaseAwayError.
    """
    files = files_of(list(wanted.paths))
    if wanted.may_merge:
        survey = _Survey(wanted, files, on_count)
        try:
            check_one_tracker(survey.parts, wanted.context, survey.report)
        finally:
            survey.end()
    total, before = sum(file.stat().st_size for file in files), 0
    importer = _Importer(wanted, reading, storing)
    try:
        for file in files:
            for at in importer.run(file):
                on_progress(before + at, total)
            before += file.stat().st_size
    finally:
        importer.store.close()
    on_progress(1, 1)
    return importer.account


class _Survey:
    """Reads all files before an import does, and says how far it is."""

    def __init__(self, wanted: Import, files: Sequence[Path], on_progress: Progress) -> None:
        self._wanted = wanted
        self._files = files
        self._on_progress = on_progress
        self._total = sum(file.stat().st_size for file in files)
        self._before = 0
        self._file: Stream | None = None
        self._records = 0

    def parts(self) -> Iterator[Part]:
        """Yield the parts of all files."""
        self._before = 0
        for path in self._files:
            with open_stream(path) as self._file:
                yield from self._wanted.parts(self._file, path)
            self._before += path.stat().st_size

    def report(self) -> None:
        """Report now and then how much is read; to be called at each record."""
        self._records += 1
        if self._records % BATCH_RECORDS == 0 and self._file:
            self._on_progress(self._before + self._file.raw.tell(), self._total)

    def end(self) -> None:
        """Report the end, where anything was reported."""
        if self._records >= BATCH_RECORDS:
            self._on_progress(1, 1)


class _Importer:
    """What the files of an import share."""

    def __init__(self, wanted: Import, reading: Connection, storing: Connection) -> None:
        self._wanted = wanted
        self._devices = Devices(reading, wanted.device, wanted.add_device, is_dry_run=wanted.is_dry_run)
        self.account = Account()
        self.store = BatchStore(storing, self.account, is_dry_run=wanted.is_dry_run)

    def run(self, path: Path) -> Iterator[int]:
        """Import a file; yield now and then how many of its bytes are read."""
        self.account.files += 1
        batch = Batch()
        with open_stream(path) as file:
            for part in self._wanted.parts(file, path):
                for item in self._items(part, path):
                    self._take(batch, part, item)
                    if batch.records >= BATCH_RECORDS or batch.bytes >= BATCH_BYTES:
                        self.store.put(batch)
                        batch = Batch()
                        yield file.raw.tell()
                yield file.raw.tell()
        self.store.put(batch)
        self.store.finish()

    def _items(self, part: Part, path: Path) -> Iterator[ImportResult]:
        is_alone = [path] == list(self._wanted.paths) and not part.member.is_archived
        if part.trouble and is_alone:
            raise UserError(f"{path} can't be unpacked: {MEANINGS.get(part.trouble, part.trouble)}.")
        if part.format or part.trouble:
            yield from self._counted(part, is_alone=is_alone)
        elif is_alone:
            raise UserError(f"{path} is of no known format. If it is of one, name it: {', '.join(FORMATS)}.")
        else:
            self.account.foreign_files.append(part.name)
            yield Ignored("foreign_file")

    def _counted(self, part: Part, *, is_alone: bool) -> Iterator[ImportResult]:
        """Read a part, and keep its account; what makes it unreadable for its owner stops no other."""
        account = self.account.begin_file(part.name, part.format.name if part.format else None)
        context = self._wanted.context(part.format) if part.format else ParseContext(0)
        tags = self._wanted.tags
        try:
            for item in part.read(context):
                if tags and isinstance(item, Event) and ((tag := tag_in(part, item)) or UNTAGGED) not in tags:
                    self.account.other_trackers.add(tag)
                    item = Ignored("other_tracker")
                if isinstance(item, Ignored):
                    account.ignored += item.records
                elif isinstance(item, Event):
                    account.readings += 1
                else:
                    account.rejected += 1
                yield item
        except UserError as error:
            if is_alone:
                raise
            account.trouble = str(error)
            account.rejected += 1
            yield Rejected(-1, b"", "not_importable")
        account.trouble = account.trouble or part.trouble
        account.converted_from = part.converted_from
        self.account.add_times(part.local_times)

    def _take(self, batch: Batch, part: Part, item: ImportResult) -> None:
        """Count a record, and add it to the batch."""
        batch.records += 1
        if isinstance(item, Event):
            self.account.read += 1
            self._add(batch, item)
        elif isinstance(item, Ignored):
            self.account.read += item.records
            self.account.ignored[item.reason] += item.records
        else:
            self.account.read += 1
            self.account.rejected[item.reason] += 1
            source = part.format.name if part.format else ""
            batch.rejected.append(QuarantinedPayload(self._devices.only, source, item.reason, item.payload))

    def _add(self, batch: Batch, event: Event) -> None:
        device_id = self._devices.only
        if device_id is None:
            device_id = self._devices.id_of(event)
        batch.events.append(StoredEvent(device_id, event.device_time, event.properties, event.source))
        batch.bytes += len(event.properties)
