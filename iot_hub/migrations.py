"""Brings a database to this version of the hub, in one transaction, by one process at a time.

1. ``sql/migrations``: numbered, each applied once, never edited after a release.
2. ``sql/functions``, ``aggregations``, ``views``, ``audiences``, ``grants``: made anew whenever one has changed.
3. A database of the first beta is adopted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable

import psycopg
from psycopg import sql
from psycopg.rows import DictRow

from iot_hub.database import GUEST, VIEWER, connect, owner_conninfo, scalar
from iot_hub.errors import UserError
from iot_hub.passwords import database_password
from iot_hub.queries import query, sql_files
from iot_hub.settings import Settings

REPEATABLE_FOLDERS = ("functions", "aggregations", "views", "audiences", "grants")


@dataclass
class Migrated:
    """What a run of the migrations did."""

    applied: list[str] = field(default_factory=list)
    adopted: dict[str, int] | None = None


def migrate(settings: Settings) -> Migrated:
    """Bring the database to this version. Does nothing when it is there already.

    Raises UserError where the database is of a newer version, was migrated by other files, or
    lacks PostGIS.
    """
    with connect(owner_conninfo(settings, "iot-hub migrate")) as connection:
        with connection.transaction():
            connection.execute(query("lock_migrations"))
            connection.execute(query("create_migration_tables"))
            try:
                done = Migrated(applied=_apply_numbered(connection))
                _apply_repeatable(connection, fresh=bool(done.applied))
            except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile) as error:
                if "postgis" in str(error):
                    raise UserError(
                        "The database server has no PostGIS. Install it there, for Debian:"
                        " sudo apt-get install postgresql-15-postgis-3"
                    ) from error
                raise
            done.adopted = connection.execute(query("adopt_first_beta")).fetchone()
            _store_settings(connection, settings)
    return done


def _apply_numbered(connection: psycopg.Connection[DictRow]) -> list[str]:
    files = {file.name.removesuffix(".sql"): file for file in sql_files("migrations")}
    known = {row["name"]: row["digest"] for row in connection.execute(query("applied_migrations"))}
    if newer := sorted(known.keys() - files.keys()):
        raise UserError(
            f"The database was made by a newer version of the hub (it has {newer[-1]})."
            " Update the hub, or restore a backup made by this version."
        )
    applied = []
    for name, file in files.items():
        digest = _digest([file])
        if name not in known:
            connection.execute(file.read_bytes())
            connection.execute(query("note_migration"), {"name": name, "digest": digest})
            applied.append(name)
        elif known[name] != digest:
            raise UserError(f"The migration {name} is not the file that was applied to this database.")
    return applied


def _apply_repeatable(connection: psycopg.Connection[DictRow], *, fresh: bool) -> None:
    files = [file for folder in REPEATABLE_FOLDERS for file in sql_files(folder)]
    digest = _digest(files)
    if not fresh and scalar(connection, query("repeatable_digest")) == digest:
        return
    # A function may call one whose file comes later.
    connection.execute("SET LOCAL check_function_bodies = off")
    for file in files:
        connection.execute(file.read_bytes())
    connection.execute(query("note_repeatable"), {"digest": digest})


def _store_settings(connection: psycopg.Connection[DictRow], settings: Settings) -> None:
    connection.execute(query("set_setting"), {"name": "time_zone", "value": settings.time_zone})
    if settings.viewer_database_url is None:
        _set_password(connection, VIEWER, database_password(settings.home, "viewer"))
    if settings.guest_database_url is None:
        _set_password(connection, GUEST, database_password(settings.home, "guest"))


def _set_password(connection: psycopg.Connection[DictRow], role: str, password: str) -> None:
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))


def _digest(files: list[Traversable]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.name.encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()
