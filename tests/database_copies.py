"""Databases of tests: copies of a migrated one, made before they are asked for and dropped behind the tests."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
from psycopg import sql

from iot_hub.database.connections import GUEST, OWNER, VIEWER, connect, owner_conninfo
from iot_hub.database.role_passwords import database_password
from iot_hub.settings import Settings

MIGRATED = "iot_hub"
EMPTY = "template1"
_ROLES = {OWNER: "owner", VIEWER: "viewer", GUEST: "guest"}


class DatabaseCopies:
    """The copies in one cluster. A thread makes and drops them, on a connection of its own."""

    def __init__(self, cluster: Settings) -> None:
        where = psycopg.conninfo.make_conninfo(owner_conninfo(cluster, "tests"), dbname="postgres")
        self._numbers = itertools.count()
        self._roles = sql.SQL(";").join(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                sql.Identifier(role), sql.Literal(_secret(database_password(cluster.home, name)))
            )
            for role, name in _ROLES.items()
        )
        self._connection = connect(where)
        self._threads_connection = connect(where)
        self._thread = ThreadPoolExecutor(1, "database-copies")
        self._next = self._make(MIGRATED)

    def close(self) -> None:
        self._thread.shutdown()
        self._threads_connection.close()
        self._connection.close()

    @contextlib.contextmanager
    def copy(self, template: str) -> Iterator[str]:
        """Give the name of a new copy."""
        # The roles are the whole cluster's: a hub that a test made in another home may have changed them.
        self._connection.execute(self._roles)
        if template == MIGRATED:
            made, self._next = self._next, self._make(MIGRATED)
        else:
            made = self._make(template)
        name = made.result()
        yield name
        # A test need not wait until the last of its connections has ended.
        self._thread.submit(self._threads_connection.execute, f"DROP DATABASE {name} WITH (FORCE)".encode())

    def _make(self, template: str) -> Future[str]:
        name = f"test_{next(self._numbers)}"

        def make() -> str:
            # Copying files takes a tenth of the time of writing each page to the log.
            statement = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"
            self._threads_connection.execute(statement.encode())
            return name

        return self._thread.submit(make)


def _secret(password: str) -> str:
    """Return what the server stores of a password, for which a client hashes it once instead of 4096 times."""
    salt = hashlib.sha256(password.encode()).digest()[:16]
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)
    client_key, server_key = (hmac.digest(salted, each, "sha256") for each in (b"Client Key", b"Server Key"))
    stored = [base64.b64encode(part).decode() for part in (salt, hashlib.sha256(client_key).digest(), server_key)]
    return f"SCRAM-SHA-256$1:{stored[0]}${stored[1]}:{stored[2]}"
