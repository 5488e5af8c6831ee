"""Reads the first beta's bucket: ``mobile/{device_id}/{YYYY-MM-DD}/{ts}.json``, one event an object.

Every body goes the way of any other event: its source parses it, the database stores it once, and
what can't be stored goes to quarantine.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import psycopg
from psycopg.rows import DictRow

from iot_hub.archive.object_store import ObjectStore
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.event import Event, Rejected
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.quarantine import QuarantinedPayload, quarantine_params, quarantined_event
from iot_hub.sources import SOURCES, ParseContext
from iot_hub.transfer.imports.storing import store_imported

Connection = psycopg.Connection[DictRow]
Progress = Callable[[int, int], None]

SOURCE = "automate"
BATCH = 1_000
READERS = 8
LARGEST_DEVICE_ID = 2**31 - 1

_LAYOUT = re.compile(r"(?:.*/)?(\d{1,10})/\d{4}-\d\d-\d\d/[^/]+\.json")


@dataclass(frozen=True)
class BucketFile:
    """A file of the layout: whose it is by its path, and how to read it."""

    path: str
    device_id: int
    read: Callable[[], bytes]


@dataclass
class Imported:
    """What became of every file."""

    files: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    foreign: int = 0
    """Files that are not of the layout; they were not read."""


def files_in_folder(folder: Path) -> list[BucketFile | None]:
    """List a local copy's files in order; None stands for one that is not of the layout.

    Raises UserError where there is no such folder.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder. Name the copy of the bucket, which holds mobile/.")
    whole = folder.resolve()
    paths = sorted(path for path in whole.rglob("*") if path.is_file())
    return [_of_layout(path.as_posix(), path.read_bytes) for path in paths]


def files_in_bucket(store: ObjectStore) -> list[BucketFile | None]:
    """List the files of the settings' own bucket in order."""
    paths = sorted(each.path for each in store.list("mobile"))
    return [_of_layout(path, partial(store.get, path)) for path in paths]


def import_files(
    connection: Connection, files: Sequence[BucketFile | None], on_progress: Progress = lambda *_: None
) -> Imported:
    """Store the events of files. Safe to repeat: duplicates are skipped. Raises UserError for an unreadable file."""
    done = Imported(files=len(files), foreign=files.count(None))
    layout = [each for each in files if each]
    with ThreadPoolExecutor(READERS) as readers:
        for batch in _batches(layout):
            _import_batch(connection, batch, list(readers.map(_content, batch)), done)
            on_progress(done.stored + done.duplicates + done.rejected, len(layout))
    connection.execute(query("go_on_after_imported_devices"))
    return done


def _import_batch(
    connection: Connection, batch: Sequence[BucketFile], contents: Sequence[bytes], done: Imported
) -> None:
    events: list[StoredEvent] = []
    for file, content in zip(batch, contents, strict=True):
        event = _parsed(file, content)
        if isinstance(event, StoredEvent):
            events.append(event)
        else:
            _quarantine(connection, QuarantinedPayload(file.device_id, SOURCE, event.reason, event.payload), done)
    for device_id in sorted({event.device_id for event in events}):
        connection.execute(query("add_imported_device"), {"device_id": device_id})
    _store(connection, events, done)


def _parsed(file: BucketFile, content: bytes) -> StoredEvent | Rejected:
    received_at = time.time_ns() // 1_000
    [event] = SOURCES[SOURCE](content, ParseContext(received_at))
    if isinstance(event, Rejected):
        return event
    if str(_device(event, file)) != str(file.device_id):
        return Rejected(0, content, "wrong_device")
    return StoredEvent(file.device_id, event.device_time, event.properties, event.source)


def _device(event: Event, file: BucketFile) -> int | str:
    return file.device_id if event.device is None else event.device


def _store(connection: Connection, events: Sequence[StoredEvent], done: Imported) -> None:
    receipt = store_imported(connection, events)
    done.stored += receipt.stored
    done.duplicates += receipt.duplicates
    for index, reason in receipt.rejected:
        _quarantine(connection, quarantined_event(events[index], reason), done)


def _quarantine(connection: Connection, payload: QuarantinedPayload, done: Imported) -> None:
    connection.execute(query("keep_in_quarantine"), quarantine_params([payload]))
    done.rejected += 1


def _of_layout(path: str, read: Callable[[], bytes]) -> BucketFile | None:
    match = _LAYOUT.fullmatch(path)
    if not match or not 0 < int(match[1]) <= LARGEST_DEVICE_ID:
        return None
    return BucketFile(path, int(match[1]), read)


def _content(file: BucketFile) -> bytes:
    try:
        return file.read()
    except OSError as error:
        raise UserError(f"{file.path} can't be read: {error.strerror}. What came before it is stored.") from error


def _batches(files: Iterable[BucketFile]) -> Iterator[list[BucketFile]]:
    rest = iter(files)
    while batch := list(islice(rest, BATCH)):
        yield batch
