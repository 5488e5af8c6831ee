"""The commands' connection to the database, as its owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from iot_hub.settings import settings

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import DictRow


@contextmanager
def owner_connection() -> Iterator[psycopg.Connection[DictRow]]:
    """Connect to the database as its owner; start the private server if it is not running."""
    from iot_hub.database.connections import connect, owner_conninfo
    from iot_hub.operations.postgres_server import running_server

    with running_server(settings()), connect(owner_conninfo(settings(), "iot-hub")) as connection:
        yield connection
