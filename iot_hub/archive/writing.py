"""The archive's lock: one process writes the archive, or drops what it holds, at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.connections import connect, owner_conninfo, scalar
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]


@contextmanager
def writing_archive(settings: Settings) -> Iterator[Connection]:
    """Connect, and keep everyone else from writing. Raises UserError where someone writes already."""
    with connect(owner_conninfo(settings, "iot-hub archive")) as connection:
        if not scalar(connection, query("lock_archive")):
            raise UserError("The archive is being written already; wait for that run to end.")
        try:
            yield connection
        finally:
            # Of a connection that is closed the server frees the lock some time later: the next run would be refused.
            with suppress(psycopg.Error):
                connection.execute(query("unlock_archive"))
