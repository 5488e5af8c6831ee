"""An archived object: events of one day, under a name that holds the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa

from iot_hub.archive.arrow_arrays import flags
from iot_hub.archive.days import Day
from iot_hub.archive.events import digests_of, fingerprint, from_parquet, times_of, to_parquet
from iot_hub.archive.object_store import ObjectExistsError, ObjectMissingError, ObjectStore
from iot_hub.errors import HubError

_NAME = re.compile(r"raw/device_id=(\d+)/date=(\d{4}-\d\d-\d\d)/([0-9a-f]{64})\.(parquet|json)")
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BrokenObjectError(HubError):
    """An object of the archive is not what was written; the message says which and how."""


@dataclass(frozen=True)
class ArchivedObject:
    """An object's metadata: the row of ``archive_objects``."""

    device_id: int
    date: date
    path: str
    events: int
    size: int
    sha256: bytes
    fingerprint: bytes
    min_time: datetime
    max_time: datetime

    @property
    def day(self) -> Day:
        """The device and day whose events it holds."""
        return Day(self.device_id, self.date)

    @property
    def manifest_path(self) -> str:
        """The path of the manifest beside the object."""
        return manifest_of(self.path)


def known_object(row: Mapping[str, Any]) -> ArchivedObject:
    """Build an object from a row of ``archived_objects``."""
    return ArchivedObject(**row)


def named_object(path: str) -> tuple[Day, bytes] | None:
    """Return the day and the SHA-256 that a path names: a Parquet file's, or its manifest's."""
    match = _NAME.fullmatch(path)
    return (Day(int(match[1]), date.fromisoformat(match[2])), bytes.fromhex(match[3])) if match else None


def manifest_of(path: str) -> str:
    """Return the path of an object's manifest."""
    return path.removesuffix(".parquet") + ".json"


def object_of(manifest_path: str) -> str:
    """Return the path of a manifest's object."""
    return manifest_path.removesuffix(".json") + ".parquet"


def describe(day: Day, table: pa.Table, digests: pa.Array, sha256: bytes, size: int) -> ArchivedObject:
    """Read an object's metadata from its manifest."""
    times = times_of(table)
    return ArchivedObject(
        *day,
        path=f"{day.folder}/{sha256.hex()}.parquet",
        events=table.num_rows,
        size=size,
        sha256=sha256,
        fingerprint=fingerprint(table, digests),
        min_time=_moment(int(times.min())),
        max_time=_moment(int(times.max())),
    )


def write_object(store: ObjectStore, day: Day, table: pa.Table, digests: pa.Array) -> ArchivedObject:
    """Write a day's events and their manifest. They are safe when it returns.

    Raises ObjectStoreError where the storage fails, or keeps less than it was given.
    """
    content = to_parquet(table)
    written = describe(day, table, digests, hashlib.sha256(content).digest(), len(content))
    _put_whole(store, written.path, content)
    _put_whole(store, written.manifest_path, _manifest(written))
    return written


def read_object(store: ObjectStore, path: str, day: Day, sha256: bytes) -> pa.Table:
    """Read an object's events. Raises BrokenObjectError where it is missing or not what was written."""
    try:
        content = store.get(path)
    except ObjectMissingError as error:
        raise BrokenObjectError("it is missing") from error
    if hashlib.sha256(content).digest() != sha256:
        raise BrokenObjectError("its SHA-256 is not the one in its name")
    return from_parquet(content, day.device_id)


def event_keys(table: pa.Table, digests: pa.Array) -> list[tuple[int, bytes]]:
    """Return what identifies each event of a day: time and digest."""
    return list(zip(times_of(table).tolist(), digests.to_pylist(), strict=True))


def without(table: pa.Table, known: set[tuple[int, bytes]]) -> tuple[pa.Table, pa.Array]:
    """Return the events of a day that are not known, and their digests."""
    digests = digests_of(table)
    if not known:
        return table, digests
    new = flags([key not in known for key in event_keys(table, digests)])
    return table.filter(new), digests.filter(new)


def _put_whole(store: ObjectStore, path: str, content: bytes) -> None:
    """Write under a name derived from the content: an object of that name is the same, or is broken."""
    try:
        store.put(path, content)
    except ObjectExistsError:
        if store.get(path) != content:
            store.put(path, content, "overwrite")


def _manifest(described: ArchivedObject) -> bytes:
    said = {
        "device_id": described.device_id,
        "date": described.date,
        "events": described.events,
        "bytes": described.size,
        "sha256": described.sha256.hex(),
        "fingerprint": described.fingerprint.hex(),
        "min_time": described.min_time,
        "max_time": described.max_time,
    }
    return msgspec.json.encode(said) + b"\n"


def _moment(microseconds: int) -> datetime:
    return _UNIX_EPOCH + timedelta(microseconds=microseconds)
