"""Creates a backup: one snapshot, counted and dumped, encrypted on its way, then stored whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import psycopg
from psycopg.rows import DictRow

from iot_hub import __version__
from iot_hub.archive.backup import age_format, secretstream
from iot_hub.archive.backup.disk_space import check_disk_space
from iot_hub.archive.backup.errors import BackupError, database_errors
from iot_hub.archive.backup.keys import BackupKeys, backup_keys
from iot_hub.archive.backup.manifest import Format, Manifest, name_at
from iot_hub.archive.backup.programs import Programs, complaint, programs_for
from iot_hub.archive.backup.repository import BackupRepository, dump_path
from iot_hub.archive.backup.tempdir import private_tempdir
from iot_hub.archive.object_store import object_store
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.settings import Settings

Progress = Callable[[int], None]
"""Called with the number of bytes written so far."""

BUNDLED_TABLES = tuple(
    f"iot_personal_hub.{table}"
    for table in ("cities", "countries", "country_pieces", "gazetteer_version", "photos", "zone_cities")
)
"""Tables whose rows are loaded from the hub's own files, or from the owner's photos: a backup has them without rows."""


@dataclass(frozen=True)
class _Snapshot:
    """A moment of the database, and what is in it."""

    id: str
    taken_at: datetime
    postgresql: int
    migrations: list[str]
    rows: dict[str, int]


def make_backup(settings: Settings, keep: int, progress: Progress, leave_free: int = 0) -> tuple[Manifest, list[str]]:
    """Create a backup, then delete all but the newest ``keep``; return the new one, and the names of the deleted.

    At least ``leave_free`` bytes stay free on the disks that it is written to, or none is created.

    Raises BackupError and ObjectStoreError; a failed attempt leaves nothing that would be listed.
    """
    keys = backup_keys(settings)
    if _format(keys) == "secretstream":
        secretstream.check_key(keys.passphrase or "")
    repository = BackupRepository(object_store(settings))
    repository.sweep()
    where = owner_conninfo(settings, "iot-hub backup")
    with private_tempdir(settings.home) as folder, database_errors(), connect(where) as connection:
        path = folder / "dump"
        with connection.transaction(), path.open("xb") as file:
            target = _DumpFile(file, folder, leave_free, progress)
            snapshot = _take_snapshot(connection)
            _dump(programs_for(snapshot.postgresql, where), snapshot, keys, target)
            digest = target.finish()
        manifest = _manifest(snapshot, target.size, digest, _format(keys))
        if not settings.s3_endpoint:
            check_disk_space(settings.archive_folder or settings.home / "archive", leave_free + target.size)
        repository.add(manifest, path)
    return manifest, repository.delete_older(keep)


def _take_snapshot(connection: psycopg.Connection[DictRow]) -> _Snapshot:
    connection.execute(query("begin_snapshot"))
    row = connection.execute(query("export_snapshot")).fetchone()
    assert row is not None  # noqa: S101 - a select without a table always has its row
    if not row["migrated"]:
        raise BackupError("The database holds no hub yet, so there is nothing to back up. Start it: iot-hub up")
    return _Snapshot(
        row["snapshot"],
        row["taken_at"],
        row["postgresql"],
        [applied["name"] for applied in connection.execute(query("backup_migrations"))],
        count_rows(connection),
    )


def count_rows(connection: psycopg.Connection[DictRow]) -> dict[str, int]:
    """Count the rows of every table that a backup holds."""
    counted = connection.execute(query("count_rows"), {"left_out": list(BUNDLED_TABLES)})
    return {row["table_name"]: row["rows"] for row in counted}


def _dump(programs: Programs, snapshot: _Snapshot, keys: BackupKeys, target: _DumpFile) -> None:
    """Dump a snapshot, encrypted on its way: the plain dump never touches the disk."""
    with tempfile.TemporaryFile() as errors:
        left_out = [f"--exclude-table-data={table}" for table in BUNDLED_TABLES]
        dump = programs.start(
            "pg_dump", "--format=custom", "--no-password", f"--snapshot={snapshot.id}", *left_out, errors=errors
        )  # fmt: skip
        assert dump.stdout is not None  # noqa: S101 - it is a pipe
        try:
            _encrypt(dump.stdout, target, keys)
        except BaseException:
            dump.kill()
            raise
        finally:
            dump.stdout.close()
            dump.wait()
        if dump.returncode != 0:
            raise BackupError(f"The database could not be dumped: {complaint(errors)}")


def _format(keys: BackupKeys) -> Format:
    if keys.recipients:
        return "age"
    return "plain" if keys.passphrase is None else "secretstream"


def _encrypt(source: IO[bytes], target: _DumpFile, keys: BackupKeys) -> None:
    if keys.recipients:
        age_format.encrypt(source, target, keys.recipients)
    elif keys.passphrase is not None:
        for piece in secretstream.encrypted(source, keys.passphrase):
            target.write(piece)
    else:
        shutil.copyfileobj(source, target)


class _DumpFile:
    """The file that a dump is written to: counts and hashes what it takes, and leaves the disk its free space."""

    def __init__(self, file: IO[bytes], folder: Path, leave_free: int, progress: Progress) -> None:
        self._file = file
        self._folder = folder
        self._leave_free = leave_free
        self._progress = progress
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Write all of it. Raises BackupError where the disk can't take it."""
        check_disk_space(self._folder, self._leave_free)
        with self._one_line_errors():
            self._file.write(data)
        self._digest.update(data)
        self.size += len(data)
        self._progress(self.size)
        return len(data)

    def finish(self) -> str:
        """Flush to the disk; return the SHA-256 of everything."""
        with self._one_line_errors():
            self._file.flush()
            os.fsync(self._file.fileno())
        return self._digest.hexdigest()

    @contextlib.contextmanager
    def _one_line_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BackupError(
                f"The backup can't be written in {self._folder}: {error.strerror}."
                f" {self.size // 1_000_000} MB were written."
            ) from error


def _manifest(snapshot: _Snapshot, size: int, digest: str, format: Format) -> Manifest:
    name = name_at(snapshot.taken_at)
    return Manifest(
        name=name,
        file=dump_path(name, format),
        made_at=snapshot.taken_at,
        hub_version=__version__,
        postgresql=snapshot.postgresql,
        migrations=snapshot.migrations,
        bytes=size,
        sha256=digest,
        encrypted=format != "plain",
        rows=snapshot.rows,
    )
