"""Runs an import: files are read here, and stored by a thread beside.

1. Each file is opened, its format known, its checkpoint looked up.
2. Its records are read; events gather in batches, and each batch is one commit.
3. A commit moves the checkpoint on; the end of the file takes it away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg
from psycopg.rows import DictRow

from iot_hub.errors import UserError
from iot_hub.event import Event, Rejected
from iot_hub.importing.accounting import Account
from iot_hub.importing.checkpoint import Checkpoint
from iot_hub.importing.devices import Devices
from iot_hub.importing.files import files_of, opened, parts_of
from iot_hub.importing.formats import FORMATS, Format
from iot_hub.importing.record import Ignored, Item
from iot_hub.importing.storing import Batch, Store
from iot_hub.importing.stream import Stream
from iot_hub.quarantine import QuarantinedPayload
from iot_hub.sources.circumstances import Circumstances
from iot_hub.writer import StoredEvent

Connection = psycopg.Connection[DictRow]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Import:
    """What to import and how: a format, or None for whatever each file is; where checkpoints are kept."""

    paths: Sequence[Path]
    format: Format | None
    circumstances: Callable[[Format], Circumstances]
    checkpoints: Path
    device: str | None = None
    add_device: str | None = None
    is_dry_run: bool = False


def run_import(
    wanted: Import, reading: Connection, storing: Connection, on_progress: Progress = lambda *_: None
) -> Account:
    """Import files; give the account of every record. Twice stores nothing twice.

    Devices are looked up over ``reading`` while ``storing`` is busy. Raises UserError, or DatabaseAwayError.
    """
    files = files_of(list(wanted.paths))
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


class _Importer:
    """What the files of an import share."""

    def __init__(self, wanted: Import, reading: Connection, storing: Connection) -> None:
        self._wanted = wanted
        self._devices = Devices(reading, wanted.device, wanted.add_device, is_dry_run=wanted.is_dry_run)
        self.account = Account()
        self.store = Store(storing, self.account, is_dry_run=wanted.is_dry_run)

    def run(self, path: Path) -> Iterator[int]:
        """Import a file; give now and then how many of its bytes are read."""
        self.account.files += 1
        settled = 0
        batch = Batch()
        with opened(path) as file:
            checkpoint = Checkpoint(self._wanted.checkpoints, path, self._way())
            known = 0 if self._wanted.is_dry_run else checkpoint.records
            for number, (format, item) in enumerate(self._items(file, path)):
                self._take(batch, format, item, is_known=number < known)
                if batch.is_full:
                    settled += self.store.put(batch)
                    batch = Batch()
                    if not self._wanted.is_dry_run:
                        checkpoint.note(settled)
                    yield file.raw.tell()
        self.store.put(batch)
        self.store.finish()
        if not self._wanted.is_dry_run:
            checkpoint.forget()

    def _way(self) -> object:
        """Say all that decides what becomes of a file's records, but for the file."""
        format = self._wanted.format
        circumstances = self._wanted.circumstances(format) if format else None
        about = circumstances and (str(circumstances.time_zone), sorted(circumstances.columns.items()))
        return format and format.name, self._devices.only, about

    def _items(self, file: Stream, path: Path) -> Iterator[tuple[str, Item]]:
        named = self._wanted.paths
        for part in parts_of(file, path.name, self._wanted.format, is_named=path in named):
            if part.format is None:
                if [path] == list(named) and part.name == path.name:
                    raise UserError(f"{path} is of no known format. If it is of one, name it: {', '.join(FORMATS)}.")
                self.account.foreign_files.append(part.name)
                yield "", Ignored("foreign_file")
                continue
            circumstances = msgspec.structs.replace(self._wanted.circumstances(part.format), file=part.name)
            for item in part.format.read(part.stream, circumstances):
                yield part.format.name, item

    def _take(self, batch: Batch, format: str, item: Item, *, is_known: bool) -> None:
        """Account for a record, and add it to the batch unless an import before this one dealt with it."""
        batch.records += 1
        account = self.account
        account.read += item.records if isinstance(item, Ignored) else 1
        if isinstance(item, Ignored):
            account.ignored[item.reason] += item.records
        elif isinstance(item, Rejected):
            account.rejected[item.reason] += 1
            if not is_known:
                batch.refused.append(QuarantinedPayload(self._devices.only, format, item.reason, item.payload))
        elif is_known:
            account.duplicates += 1
        else:
            self._add(batch, item)

    def _add(self, batch: Batch, event: Event) -> None:
        device_id = self._devices.only
        if device_id is None:
            device_id = self._devices.id_of(event)
        batch.events.append(StoredEvent(device_id, event.device_time, event.properties, event.source))
        batch.bytes += len(event.properties)
