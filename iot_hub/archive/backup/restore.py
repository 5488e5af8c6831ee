"""Restores a backup into a hub that has no events yet."""

from __future__ import annotations

import psycopg
from psycopg.rows import DictRow

from iot_hub.archive.backup.errors import BackupError, database_errors
from iot_hub.archive.backup.manifest import Manifest
from iot_hub.archive.backup.programs import programs_for
from iot_hub.archive.backup.read import read_backup
from iot_hub.archive.backup.repository import BackupRepository
from iot_hub.archive.backup.restore_sql import restore_sql
from iot_hub.archive.backup.tempdir import private_tempdir
from iot_hub.archive.backup.verify import Step, check_content
from iot_hub.archive.object_store import object_store
from iot_hub.database.connections import connect, owner_conninfo, scalar
from iot_hub.database.migrations import migrate
from iot_hub.database.queries import query, sql_files
from iot_hub.settings import Settings


def restore_backup(settings: Settings, target: Settings, name: str | None, step: Step) -> Manifest:
    """Restore a backup of ``settings``' storage into the database of ``target``; return its manifest.

    Devices, areas and settings of the target are replaced. Raises BackupError and ObjectStoreError;
    the target is unchanged then, unless the message says more.
    """
    repository = BackupRepository(object_store(settings))
    manifest = repository.find(name)
    _refuse_newer(manifest)
    with private_tempdir(settings.home) as folder, database_errors():
        where = owner_conninfo(target, "iot-hub backup restore")
        with connect(where) as connection:
            refuse_used(connection)
            state = connection.execute(query("server_state")).fetchone() or {}
        programs = programs_for(state["postgresql"], where)
        step("Reading the backup")
        dump = read_backup(settings, repository, manifest, folder)
        step("Restoring it")
        # A new server lacks the role that the viewer's rights are given to, and maybe PostGIS.
        migrate(target)
        restore_sql(programs, dump)
        with connect(where) as connection:
            check_content(connection, manifest)
            _give_rights(connection, target)
    return manifest


def refuse_used(connection: psycopg.Connection[DictRow]) -> None:
    """Raise BackupError where the database holds a hub with events."""
    if scalar(connection, query("has_hub")) and scalar(connection, query("has_any_event")):
        raise BackupError(
            "This hub holds events already, and a restore would replace them. Restore into an empty one: set"
            " IOT_HUB_HOME to a new folder, or name an empty database with --into."
        )


def _refuse_newer(manifest: Manifest) -> None:
    known = {file.name.removesuffix(".sql") for file in sql_files("migrations")}
    if newer := sorted(set(manifest.migrations) - known):
        raise BackupError(
            f"The backup {manifest.name} was made by a newer hub (it has {newer[-1]}). Update this one first."
        )


def _give_rights(connection: psycopg.Connection[DictRow], target: Settings) -> None:
    """Bring the restored hub to this version, make the viewer's rights, and tell receivers that run."""
    connection.execute(query("admit_viewer"))
    connection.execute(query("forget_repeatable"))
    migrate(target)
    connection.execute(query("tell_tokens_changed"))
