"""Brings a database to this version of the hub, in one transaction, by one process at a time.

1. ``sql/migrations``: numbered, each applied once, never edited after a release.
2. ``sql/functions``, ``aggregations``, ``journeys``, ``drives``, ``alerts``, ``publishing``, ``views``, ``audiences``,
   ``grants``, ``comments``: replaced whenever one has changed, or one of ``sql/aggregates``, whose catalogue they
   generate from, or the catalogue of properties. A function whose parameters are renamed is dropped
   first: replacing it can't.
3. A database of the first beta is adopted.

The newest version that has migrated a database owns its shape, and notes the oldest one that still works on it. That
one and those between run on it and change nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import DictRow

from iot_hub import __version__
from iot_hub.database import publishing_upgrade
from iot_hub.database.aggregates import aggregate_files, store_aggregates
from iot_hub.database.connections import GUEST, VIEWER, connect, owner_conninfo, scalar
from iot_hub.database.migration_locks import lock_relations
from iot_hub.database.properties import mark_hours_with, store_properties
from iot_hub.database.queries import query, sql_files
from iot_hub.database.role_passwords import database_password
from iot_hub.database.run_order import in_run_order
from iot_hub.errors import UserError
from iot_hub.properties import catalogue
from iot_hub.settings import Settings

LEAST_VERSION = "1.0.0"
"""The oldest hub that works on the database as this version leaves it. The version that removes what such a hub uses
raises it, which is never the version that stops using it."""

DEADLOCK_ATTEMPTS = 5
"""Old processes go on while a migration runs, and lock tables in their own order. A deadlock leaves nothing behind."""

REPEATABLE_FOLDERS = (
    "functions", "aggregations", "journeys", "drives", "alerts", "publishing", "views", "audiences", "grants",
    "comments",
)  # fmt: skip


@dataclass
class Migrated:
    """What a run of the migrations did."""

    applied: list[str] = field(default_factory=list)
    adopted: dict[str, int] | None = None
    newer_version: str | None = None
    """The newer hub that has migrated the database: this one works on it, and left it alone."""
    published: str | None = None
    """What became of devices that others could see until now, in one line."""


@dataclass(frozen=True)
class Plan:
    """What a run of the migrations would do."""

    migrations: list[str]
    replaces_functions_and_views: bool
    adopts_first_beta: bool = False
    newer_version: str | None = None
    """The newer hub that has migrated the database: this one would leave it alone."""

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to do."""
        return not (self.migrations or self.replaces_functions_and_views or self.adopts_first_beta)


def migrate(settings: Settings) -> Migrated:
    """Bring the database to this version. Do nothing when it is there already.

    Raises UserError where the database is of a newer version that this one does not work on, was migrated by other
    files, or lacks PostGIS.
    """
    for _ in range(DEADLOCK_ATTEMPTS - 1):
        with contextlib.suppress(psycopg.errors.DeadlockDetected):
            return _migrate(settings)
    return _migrate(settings)


def _migrate(settings: Settings) -> Migrated:
    with connect(owner_conninfo(settings, "iot-hub migrate")) as connection:
        with connection.transaction():
            connection.execute(query("lock_migrations"))
            connection.execute(query("create_migration_table"))
            connection.execute(query("create_release_table"))
            try:
                done = _bring_to_this_version(connection, settings)
            except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile) as error:
                if "postgis" in str(error):
                    raise UserError(
                        "The database server has no PostGIS. Install it there, for Debian:"
                        " sudo apt-get install postgresql-15-postgis-3"
                    ) from error
                raise
            _store_settings(connection, settings)
    return done


def plan(settings: Settings) -> Plan:
    """Return what migrate() would do, and change nothing. Raise the UserError that it would raise."""
    with connect(owner_conninfo(settings, "iot-hub migrate --plan")) as connection, connection.transaction():
        connection.execute("SET TRANSACTION READ ONLY")
        state = connection.execute(query("migration_state")).fetchone()
        if state is None or not state["was_migrated"]:
            return plan_of_new_database(adopts_first_beta=bool(state and state["has_first_beta"]))
        newer = newer_version(connection) if state["has_release"] else None
        if newer:
            return Plan([], replaces_functions_and_views=False, newer_version=newer)
        pending = [migration.name for migration in _pending(connection)]
        is_current = not pending and _is_repeatable_current(connection)
    return Plan(pending, replaces_functions_and_views=not is_current)


def plan_of_new_database(*, adopts_first_beta: bool = False) -> Plan:
    """Return what migrate() does with a database in which no hub has been, or that it has yet to create."""
    names = [file.stem for file in sql_files("migrations")]
    return Plan(names, replaces_functions_and_views=True, adopts_first_beta=adopts_first_beta)


def newer_version(connection: psycopg.Connection[DictRow]) -> str | None:
    """Return the newer version that has migrated the database, if there is one and this hub works with it.

    Raises UserError where this hub does not.
    """
    release = connection.execute(query("release")).fetchone()
    if release is None or _numbers(release["version"]) <= _numbers(__version__):
        return None
    if _numbers(release["least_version"]) > _numbers(__version__):
        raise UserError(
            f"The database was made by a newer version of the hub ({release['version']}), and {__version__} does not"
            f" work on it: {release['least_version']} or newer does. Update the hub, or restore a backup made by"
            " this version."
        )
    return str(release["version"])


def _bring_to_this_version(connection: psycopg.Connection[DictRow], settings: Settings) -> Migrated:
    if newer := newer_version(connection):
        return Migrated(newer_version=newer)
    is_upgrade = connection.execute(query("applied_migrations")).fetchone() is not None
    pending = _pending(connection)
    if pending or not _is_repeatable_current(connection):
        lock_relations(connection)
    done = Migrated(applied=_apply_numbered(connection, pending))
    _apply_repeatable(connection, fresh=bool(done.applied))
    if is_upgrade and publishing_upgrade.FIRST_MIGRATION in done.applied:
        done.published = publishing_upgrade.publish_what_was_open(connection, settings)
    done.adopted = connection.execute(query("adopt_first_beta")).fetchone()
    connection.execute(query("note_release"), {"version": __version__, "least_version": LEAST_VERSION})
    return done


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


@dataclass(frozen=True)
class _Migration:
    file: Path
    digest: str

    @property
    def name(self) -> str:
        return self.file.stem


def _pending(connection: psycopg.Connection[DictRow]) -> list[_Migration]:
    migrations = [_Migration(file, _digest([file])) for file in sql_files("migrations")]
    applied = {row["name"]: row["digest"] for row in connection.execute(query("applied_migrations"))}
    if newer := sorted(applied.keys() - {migration.name for migration in migrations}):
        raise UserError(
            f"The database was made by a newer version of the hub (it has {newer[-1]})."
            " Update the hub, or restore a backup made by this version."
        )
    for migration in migrations:
        if applied.get(migration.name, migration.digest) != migration.digest:
            raise UserError(f"The migration {migration.name} is not the file that was applied to this database.")
    return [migration for migration in migrations if migration.name not in applied]


def _apply_numbered(connection: psycopg.Connection[DictRow], pending: list[_Migration]) -> list[str]:
    for migration in pending:
        connection.execute(migration.file.read_bytes())
        connection.execute(query("note_migration"), {"name": migration.name, "digest": migration.digest})
    return [migration.name for migration in pending]


def repeatable_files() -> list[Path]:
    """Return the files that define functions, views, rights and comments, in the order in which they run."""
    return [file for folder in REPEATABLE_FOLDERS for file in in_run_order(sql_files(folder))]


def _digest_of_repeatable() -> str:
    return _digest([*repeatable_files(), *aggregate_files(), catalogue.FILE])


def _is_repeatable_current(connection: psycopg.Connection[DictRow]) -> bool:
    return scalar(connection, query("repeatable_digest")) == _digest_of_repeatable()


def _apply_repeatable(connection: psycopg.Connection[DictRow], *, fresh: bool) -> None:
    if not fresh and _is_repeatable_current(connection):
        return
    store_aggregates(connection)
    paths = store_properties(connection)
    # A function may call one whose file comes later.
    connection.execute("SET LOCAL check_function_bodies = off")
    for file in repeatable_files():
        connection.execute(file.read_bytes())
    if paths:
        mark_hours_with(connection, paths)
    connection.execute(query("note_repeatable"), {"digest": _digest_of_repeatable()})


def _store_settings(connection: psycopg.Connection[DictRow], settings: Settings) -> None:
    connection.execute(query("set_setting"), {"name": "time_zone", "value": settings.time_zone})
    for name in ("drive_gap_minutes", "drive_stop_minutes"):
        connection.execute(query("set_setting"), {"name": name, "value": str(getattr(settings, name))})
    connection.execute(query("give_roll_ups_to"), {"maker": settings.roll_ups_by})
    _reset_reading_roles(connection)
    if settings.viewer_database_url is None:
        _set_password(connection, VIEWER, database_password(settings.home, "viewer"))
    if settings.guest_database_url is None:
        _set_password(connection, GUEST, database_password(settings.home, "guest"))


def _reset_reading_roles(connection: psycopg.Connection[DictRow]) -> None:
    # On a server that is not the hub's own, an administrator may keep this right.
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute(query("reset_reading_roles"))


def _set_password(connection: psycopg.Connection[DictRow], role: str, password: str) -> None:
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))


def _digest(files: list[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.name.encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()
