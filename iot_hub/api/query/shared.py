"""``/v1/shared``: what a share link shows, to whoever has its token.

It is read as ``iot_hub_guest``, which sees what the link of its transaction's token shows, and nothing else.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import psycopg
from fastapi import APIRouter, Depends, Header
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from starlette.responses import Response

from iot_hub.api.query import openapi
from iot_hub.api.query.authorization import SHARED, token_of
from iot_hub.api.query.errors import NotAuthorizedError
from iot_hub.api.query.heavy_requests import HeavyRequests
from iot_hub.api.query.share_models import Shared
from iot_hub.database import audiences
from iot_hub.database.queries import query
from iot_hub.settings import Settings

Pool = AsyncConnectionPool[psycopg.AsyncConnection[DictRow]]

_MOST_CONNECTIONS = 2
_WAIT_S = 3.0
_IDLE_S = 60.0


class SharedEndpoint:
    """The endpoint. A token that is unknown, expired or revoked gets the answer of all paths without a token."""

    def __init__(self, settings: Settings) -> None:
        self._zone = settings.time_zone
        self._is_open = settings.public_dashboard != "no"
        self._heavy = HeavyRequests()
        self._pool: Pool = AsyncConnectionPool(
            audiences.shared(settings, "").conninfo,
            kwargs={"autocommit": True, "row_factory": dict_row, "application_name": "iot-hub api guest"},
            min_size=0,
            max_size=_MOST_CONNECTIONS,
            timeout=_WAIT_S,
            max_idle=_IDLE_S,
            reconnect_timeout=_WAIT_S / 2,
            check=AsyncConnectionPool.check_connection,
            name="shared",
            open=False,
        )

    def router(self) -> APIRouter:
        """Return the router of the endpoint."""
        router = APIRouter(
            tags=["query"], responses=openapi.ERRORS, generate_unique_id_function=lambda route: route.name,
            dependencies=[Depends(self._heavy.slot)],
        )  # fmt: skip
        router.get(
            SHARED, response_model=Shared, summary="What a share link shows on its map",
            response_description="What the link shows now.",
        )(self.shared)  # fmt: skip
        return router

    async def shared(self, authorization: Annotated[str, Header(include_in_schema=False)] = "") -> Response:
        """Return what the link shows whose token the request sends as a bearer token, and log that it was opened."""
        token = token_of(authorization).decode("utf-8", "replace").replace("\0", "")
        content = await self._content(token) if token and self._is_open else None
        if content is None:
            raise NotAuthorizedError
        return Response(
            msgspec.json.encode({"zone": self._zone, **content}),
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def close(self) -> None:
        """Close the connections, at the end of the application."""
        await self._pool.close()

    async def _content(self, token: str) -> dict[str, Any] | None:
        """Return what a link shows; None for one that is not valid now, or that is not for a map."""
        await self._pool.open()
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(query("begin_writing"))
            await connection.execute(query("use_share_token"), {"token": token})
            link = await (await connection.execute(query("shared_link"))).fetchone()
            if link is None or link["kind"] == "devices":
                return None
            await connection.execute(query("note_opening"))
            await connection.execute(query("note_arrival"))
            arrival = await (await connection.execute(query("shared_arrival"))).fetchone()
            moves = await (await connection.execute(query("shared_moves"))).fetchall()
            cells = await (await connection.execute(query("shared_cells"))).fetchall()
            year = None
            if link["kind"] == "year":
                year = await (await connection.execute(query("shared_year"))).fetchone()
        return link | {"year": year, "moves": [_drawn(move) for move in moves], "cells": cells, "arrival": arrival}


def _drawn(move: dict[str, Any]) -> dict[str, Any]:
    """Return a leg with its line as the JSON that the database has written."""
    return move | {"path": msgspec.Raw(move["path"].encode())}
