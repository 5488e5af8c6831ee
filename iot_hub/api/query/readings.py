"""Reads an audience's views: as the owner on read-only connections, or as ``iot_hub_viewer``.

What the viewer can't read can't leak from here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import AsyncRowFactory, DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from iot_hub.api.query.access import Access, View
from iot_hub.api.query.errors import UnknownDeviceError
from iot_hub.database import audiences
from iot_hub.database.audiences import Audience
from iot_hub.database.queries import query
from iot_hub.settings import Settings

Row = TypeVar("Row")
Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

_MOST_CONNECTIONS = 4
_WAIT_SECONDS = 3.0
_IDLE_SECONDS = 60.0
_BATCH = 2_000


class Readings:
    """A few connections per view, opened on demand and closed when idle."""

    def __init__(self, settings: Settings) -> None:
        self._pools: dict[View, Pool] = {
            "owner": _pool(audiences.owner(settings, "iot-hub api owner")),
            "published": _pool(audiences.public(settings, "iot-hub api viewer")),
        }

    async def rows(self, access: Access, name: str, **values: object) -> list[DictRow]:
        """Run a named query. Raises psycopg.OperationalError if the database is unavailable."""
        async with self._connection(access) as connection:
            return await (await connection.execute(query(name), values)).fetchall()

    async def many_rows(
        self, access: Access, name: str, rows_as: AsyncRowFactory[Row], **values: object
    ) -> list[Row]:  # fmt: skip
        """Run a named query with many rows without blocking the event loop."""
        rows: list[Row] = []
        # Binary: to read times and numbers as text takes three times as long as the statement itself.
        async with (
            self._connection(access) as connection,
            connection.cursor(row_factory=rows_as, binary=True) as cursor,
        ):
            await cursor.execute(query(name), values)
            while batch := await cursor.fetchmany(_BATCH):
                rows += batch
                await asyncio.sleep(0)
        return rows

    async def require_device(self, access: Access, device_id: int) -> DictRow:
        """Return a device's id and name. Raises UnknownDeviceError if it does not exist or is not granted."""
        if access.grants(device_id) and (devices := await self.rows(access, "listed_device", device_id=device_id)):
            return devices[0]
        raise UnknownDeviceError(f"There is no device {device_id}. GET /v1/devices lists the devices.")

    async def close(self) -> None:
        """Close the connections, at the end of the application."""
        for pool in self._pools.values():
            await pool.close()

    @asynccontextmanager
    async def _connection(self, access: Access) -> AsyncIterator[AsyncConnection[Any]]:
        pool = self._pools[access.view]
        await pool.open()
        async with pool.connection() as connection:
            yield connection


def _pool(who: Audience) -> Pool:
    return AsyncConnectionPool(
        who.conninfo,
        kwargs={"autocommit": True, "row_factory": dict_row},
        min_size=0,
        max_size=_MOST_CONNECTIONS,
        timeout=_WAIT_SECONDS,
        max_idle=_IDLE_SECONDS,
        # Shorter than the wait, so that the first request after an outage tries at once.
        reconnect_timeout=_WAIT_SECONDS / 2,
        # A connection that the server dropped while it was idle is replaced, not handed out.
        check=AsyncConnectionPool.check_connection,
        name=who.name,
        open=False,
    )
