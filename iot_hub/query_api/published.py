"""Reads the published views as ``iot_hub_viewer``: what this role can't read can't leak from here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import AsyncRowFactory, DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from iot_hub.database import viewer_conninfo
from iot_hub.queries import query
from iot_hub.query_api.errors import UnknownDeviceError
from iot_hub.settings import Settings

Row = TypeVar("Row")

_MOST_CONNECTIONS = 4
_WAIT_SECONDS = 3.0
_IDLE_SECONDS = 60.0
_BATCH = 2_000


class Published:
    """A few connections as the viewer, made when they are needed and given up when idle."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings; nothing is opened yet."""
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            viewer_conninfo(settings, "iot-hub api viewer"),
            kwargs={"autocommit": True, "row_factory": dict_row},
            min_size=0,
            max_size=_MOST_CONNECTIONS,
            timeout=_WAIT_SECONDS,
            max_idle=_IDLE_SECONDS,
            # Shorter than the wait, so that the first request after an outage tries at once.
            reconnect_timeout=_WAIT_SECONDS / 2,
            # A connection that the server dropped while it was idle is replaced, not handed out.
            check=AsyncConnectionPool.check_connection,
            name="viewer",
            open=False,
        )

    async def rows(self, name: str, **values: object) -> list[DictRow]:
        """Run a named query. Raises psycopg.OperationalError where the database is away."""
        async with self._connection() as connection:
            return await (await connection.execute(query(name), values)).fetchall()

    async def many_rows(self, name: str, rows_as: AsyncRowFactory[Row], **values: object) -> list[Row]:
        """Run a named query of many rows without keeping the event loop for long."""
        rows: list[Row] = []
        async with self._connection() as connection, connection.cursor(row_factory=rows_as) as cursor:
            await cursor.execute(query(name), values)
            while batch := await cursor.fetchmany(_BATCH):
                rows += batch
                await asyncio.sleep(0)
        return rows

    async def require_device(self, device_id: int) -> DictRow:
        """Give a device's number and name. Raises UnknownDeviceError where there is no such device."""
        if devices := await self.rows("published_device", device_id=device_id):
            return devices[0]
        raise UnknownDeviceError(f"There is no device {device_id}. GET /v1/devices lists the devices.")

    async def close(self) -> None:
        """Close the connections, at the end of the application."""
        await self._pool.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        await self._pool.open()
        async with self._pool.connection() as connection:
            yield connection
