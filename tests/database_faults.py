"""A database that goes away."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
from events import Connection, rows


@contextlib.contextmanager
def database_away(owner: Connection) -> Iterator[None]:
    """Let no one but the tests log in, and throw out who is in."""
    [name] = rows(owner, "SELECT current_database() AS it")
    with psycopg.connect(owner.info.dsn, password=owner.info.password, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name['it']} ALLOW_CONNECTIONS false")
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
            (name["it"], owner.info.backend_pid),
        )
        try:
            yield
        finally:
            admin.execute(f"ALTER DATABASE {name['it']} ALLOW_CONNECTIONS true")
