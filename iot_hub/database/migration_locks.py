"""Locks all tables and views for a migration: all of them within a moment, or none.

A request whose statement waits for a migration waits a few seconds, and succeeds. Two things would make it fail, and
both come from a migration that takes its locks one after the other:

1. A deadlock: a statement holds one view and waits for a table that the migration has, which waits for the view.
   PostgreSQL ends the one that has waited for ``deadlock_timeout``, often the request.
2. A queue: the migration waits for a backup or an export that takes minutes, and everyone else behind the migration.

So the migration has all of its locks before it changes anything, and gives up those it has before anyone has waited for
long. Then it tries again.
"""

from __future__ import annotations

import time

import psycopg
from psycopg import sql
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.errors import UserError

ATTEMPT_MS = 400
"""How long an attempt may take, and others wait behind it; less where ``deadlock_timeout`` is below 0.8 s."""
PAUSE_SECONDS = 0.4
"""Between attempts: those who waited go on meanwhile."""
MAX_SECONDS = 240
"""Less than a reload may take."""


def lock_relations(connection: psycopg.Connection[DictRow]) -> None:
    """Lock all of the hub's tables and views against any other use, until the transaction ends.

    Raises UserError where another program keeps using one of them.
    """
    relations = connection.execute(query("hub_relations")).fetchall()
    if not relations:
        return
    names = sql.SQL(", ").join(sql.Identifier(relation["schema"], relation["name"]) for relation in relations)
    deadline = time.monotonic() + MAX_SECONDS
    while not _is_locked(connection, names):
        if time.monotonic() > deadline:
            users = connection.execute(query("users_of_hub_relations")).fetchall()
            raise UserError(
                "The database can't be migrated while other programs use its tables:"
                f" {', '.join(user['program'] for user in users) or 'many short statements'}."
                " End them, or wait until they are done, then try again."
            )
        time.sleep(PAUSE_SECONDS)


def _is_locked(connection: psycopg.Connection[DictRow], names: sql.Composable) -> bool:
    """Try once. What was locked is released where the rest is not to be had in time."""
    try:
        with connection.transaction():
            connection.execute(query("limit_lock_attempt"), {"milliseconds": ATTEMPT_MS})
            connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))
            connection.execute("SET LOCAL statement_timeout TO DEFAULT")
    except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
        return False
    return True
