"""Making a backup: one snapshot, counted and dumped, encrypted on its way, then kept whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import psycopg
from psycopg.rows import DictRow

from iot_hub import __version__
from iot_hub.archive.backup.encryption import BLOCK_BYTES, check_key, encrypted
from iot_hub.archive.backup.errors import BackupError, database_errors
from iot_hub.archive.backup.kept import KeptBackups, dump_path
from iot_hub.archive.backup.manifest import Manifest, name_at
from iot_hub.archive.backup.programs import Programs, complaint, programs_for
from iot_hub.archive.backup.room import check_room
from iot_hub.archive.backup.work_folder import work_folder
from iot_hub.archive.object_store import object_store
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.settings import Settings

Progress = Callable[[int], None]
"""Is told how many bytes are written so far."""


@dataclass(frozen=True)
class _Snapshot:
    """A moment of the database, and what is in it."""

    id: str
    taken_at: datetime
    postgresql: int
    migrations: list[str]
    rows: dict[str, int]


def make_backup(settings: Settings, keep: int, progress: Progress, leave_free: int = 0) -> tuple[Manifest, list[str]]:
    """Make a backup; then drop all but the newest ``keep``. Gives the new one, and the names of the dropped.

    At least ``leave_free`` bytes stay free on the disks that it is written to, or none is made.

    Raises BackupError and ObjectStoreError; a failed attempt leaves nothing that would be listed.
    """
    passphrase = settings.backup_key.get_secret_value() if settings.backup_key is not None else None
    if passphrase is not None:
        check_key(passphrase)
    kept = KeptBackups(object_store(settings))
    kept.sweep()
    where = owner_conninfo(settings, "iot-hub backup")
    with work_folder(settings.home) as folder, database_errors(), connect(where) as connection:
        file = folder / "dump"
        with connection.transaction():
            snapshot = _take_snapshot(connection)
            programs = programs_for(snapshot.postgresql, where)
            with contextlib.closing(_pieces(programs, snapshot, passphrase)) as pieces:
                size, digest = _write(file, _with_room(pieces, folder, leave_free), progress)
        manifest = _manifest(snapshot, size, digest, encrypted=passphrase is not None)
        if not settings.s3_endpoint:
            check_room(settings.archive_folder or settings.home / "archive", leave_free + size)
        kept.keep(manifest, file)
    return manifest, kept.drop_older(keep)


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
    return {row["table_name"]: row["rows"] for row in connection.execute(query("count_rows"))}


def _pieces(programs: Programs, snapshot: _Snapshot, passphrase: str | None) -> Generator[bytes]:
    with tempfile.TemporaryFile() as errors:
        dump = programs.start(
            "pg_dump", "--format=custom", "--no-password", f"--snapshot={snapshot.id}", errors=errors
        )  # fmt: skip
        assert dump.stdout is not None  # noqa: S101 - it is a pipe
        try:
            yield from encrypted(dump.stdout, passphrase) if passphrase is not None else _blocks(dump.stdout)
        except BaseException:
            dump.kill()
            raise
        finally:
            dump.stdout.close()
            dump.wait()
        if dump.returncode != 0:
            raise BackupError(f"The database could not be dumped: {complaint(errors)}")


def _blocks(source: IO[bytes]) -> Iterator[bytes]:
    while block := source.read(BLOCK_BYTES):
        yield block


def _with_room(pieces: Iterable[bytes], folder: Path, leave_free: int) -> Iterator[bytes]:
    for piece in pieces:
        check_room(folder, leave_free)
        yield piece


def _write(path: Path, pieces: Iterable[bytes], progress: Progress) -> tuple[int, str]:
    """Write a file that is safe on disk when this returns; give its size and SHA-256."""
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("xb") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
                progress(size)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise BackupError(
            f"The backup can't be written in {path.parent}: {error.strerror}. {size // 1_000_000} MB were written."
        ) from error
    return size, digest.hexdigest()


def _manifest(snapshot: _Snapshot, size: int, digest: str, *, encrypted: bool) -> Manifest:
    name = name_at(snapshot.taken_at)
    return Manifest(
        name=name,
        file=dump_path(name, encrypted=encrypted),
        made_at=snapshot.taken_at,
        hub_version=__version__,
        postgresql=snapshot.postgresql,
        migrations=snapshot.migrations,
        bytes=size,
        sha256=digest,
        encrypted=encrypted,
        rows=snapshot.rows,
    )
