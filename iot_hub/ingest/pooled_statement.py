"""A statement over a pool of the owner's connections, whose failures say whether the database is away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from iot_hub.database.connections import LARGE_STATEMENT
from iot_hub.database.errors import is_passing
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError

POOL_TIMEOUT_S = 5.0
"""Longest wait for a connection: as long as its statements may take."""


async def execute(pool: AsyncConnectionPool[Any], name: str, params: Mapping[str, Any], size: int) -> None:
    """Execute a named statement with parameters of a size in bytes. Raises DatabaseAwayError."""
    try:
        async with pool.connection(timeout=POOL_TIMEOUT_S) as connection:
            await connection.execute(query(name), params)
            if size > LARGE_STATEMENT:
                # The server's process keeps the memory that a large statement took.
                await connection.close()
    except psycopg.Error as error:
        if not isinstance(error, psycopg.OperationalError) and not is_passing(error):
            raise
        raise DatabaseAwayError from error
