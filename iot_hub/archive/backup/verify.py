"""Proves that a backup can be restored: it is, into a scratch database, and every table is counted."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Iterator

import psycopg
from psycopg import conninfo, sql
from psycopg.rows import DictRow

from iot_hub.archive.backup.create import count_rows
from iot_hub.archive.backup.errors import BackupError, database_errors
from iot_hub.archive.backup.manifest import Manifest, differences
from iot_hub.archive.backup.programs import programs_for
from iot_hub.archive.backup.read import read_backup
from iot_hub.archive.backup.repository import BackupRepository
from iot_hub.archive.backup.restore_sql import restore_sql
from iot_hub.archive.backup.tempdir import private_tempdir
from iot_hub.archive.object_store import object_store
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.queries import query
from iot_hub.settings import Settings

Step = Callable[[str], None]
"""Called with the name of the next step."""


def verify_backup(settings: Settings, name: str | None, step: Step) -> Manifest:
    """Verify a backup, or the newest; return its manifest.

    Raises BackupError, which says in one line what does not match, and ObjectStoreError.
    """
    repository = BackupRepository(object_store(settings))
    manifest = repository.find(name)
    where = owner_conninfo(settings, "iot-hub backup verify")
    with private_tempdir(settings.home) as folder, database_errors(), connect(where) as connection:
        step("Reading the backup")
        dump = read_backup(settings, repository, manifest, folder)
        state = connection.execute(query("server_state")).fetchone() or {}
        with _scratch_database(connection, _scratch_name(settings, state["name"])) as scratch:
            step("Restoring it into a scratch database")
            into = conninfo.make_conninfo(where, dbname=scratch)
            with connect(into) as trial:
                trial.execute(query("create_postgis"))
                restore_sql(programs_for(state["postgresql"], into), dump)
                step("Counting rows")
                check_content(trial, manifest)
    return manifest


def check_content(connection: psycopg.Connection[DictRow], manifest: Manifest) -> None:
    """Raise BackupError where a restored database is not what the manifest says, or a view can't be read."""
    if wrong := differences(manifest.rows, count_rows(connection)):
        raise BackupError(f"The backup {manifest.name} does not match its manifest: {'; '.join(wrong)}.")
    connection.execute(query("read_views"))


def _scratch_name(settings: Settings, database: str) -> str:
    # One home verifies one backup at a time, so what is left under this name was left by a killed process.
    return f"{database[:40]}_verify_{zlib.crc32(str(settings.home).encode()):08x}"


@contextlib.contextmanager
def _scratch_database(connection: psycopg.Connection[DictRow], name: str) -> Iterator[str]:
    drop = sql.SQL(query("drop_scratch")).format(name=sql.Identifier(name))
    connection.execute(drop)
    connection.execute(sql.SQL(query("create_scratch")).format(name=sql.Identifier(name)))
    try:
        yield name
    finally:
        connection.execute(drop)
