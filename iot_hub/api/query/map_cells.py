"""Where devices have been: the map's heat, and the land that they have explored. Others see what trips make."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Path
from starlette.responses import Response

from iot_hub.api.query import openapi
from iot_hub.api.query.access import Access, Granted
from iot_hub.api.query.asked_devices import Devices, asked_devices
from iot_hub.api.query.models import Explored
from iot_hub.api.query.readings import Readings
from iot_hub.api.query.time_range import Since, Until
from iot_hub.api.query.vector_tiles import require_tile, tile_response

DEEPEST_CELLS = 14
"""The deepest zoom of tiles with cells: a browser enlarges them."""

Zoom = Annotated[int, Path(description="Zoom, 0 to 14.")]
Column = Annotated[int, Path(description="Column, from the antimeridian eastwards.")]
Row = Annotated[int, Path(description="Row, from the north.")]
IfNoneMatch = Annotated[str, Header(include_in_schema=False)]


class MapCellEndpoints:
    """The endpoints."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings

    def router(self) -> APIRouter:
        """Return the router of the endpoints."""
        # fmt: off
        router = APIRouter(
            tags=["query"], responses=openapi.ERRORS,
            generate_unique_id_function=lambda route: route.name,
        )
        router.get(
            "/v1/tiles/heat/{z}/{x}/{y}", summary="Where devices were for how long, as a vector tile",
            response_class=Response, responses=openapi.JOURNEYS_TILE,
        )(self.heat_tile)
        router.get(
            "/v1/tiles/explored/{z}/{x}/{y}", summary="Explored land, as a vector tile", response_class=Response,
            responses=openapi.JOURNEYS_TILE,
        )(self.explored_tile)
        router.get(
            "/v1/explored", response_model=Explored, summary="How much land devices have explored",
            response_description="The number of squares.",
        )(self.explored)
        # fmt: on
        return router

    async def heat_tile(
        self, granted: Granted, z: Zoom, x: Column, y: Row, since: Since = None, until: Until = None,
        device: Devices = None, if_none_match: IfNoneMatch = "",
    ) -> Response:  # fmt: skip
        """Return a Mapbox vector tile in web Mercator; 204 where there is nothing.

        Layer `heat`: points with `seconds`, one for every 4 pixels of 512. Months (UTC) that the range touches count
        as a whole.
        """
        return await self._tile("heat_tile", granted, (z, x, y), since, until, device, if_none_match)

    async def explored_tile(
        self, granted: Granted, z: Zoom, x: Column, y: Row, since: Since = None, until: Until = None,
        device: Devices = None, if_none_match: IfNoneMatch = "",
    ) -> Response:  # fmt: skip
        """Return a Mapbox vector tile in web Mercator.

        Layer `explored`: squares of zoom 14 (larger ones below zoom 7) with the first `day` of the range. Layer `fog`:
        all other land and sea. Flights explore nothing. Months (UTC) that the range touches count as a whole.
        """
        return await self._tile("explored_tile", granted, (z, x, y), since, until, device, if_none_match)

    async def explored(
        self, granted: Granted, since: Since = None, until: Until = None, device: Devices = None
    ) -> Response:
        """Return how many squares of zoom 14 devices have been in: about 1.6 km wide at 50 degrees north."""
        [row] = await self._readings.rows(granted, "count_explored", **_asked(granted, since, until, device))
        return Response(
            msgspec.json.encode(row), media_type="application/json", headers={"Cache-Control": "no-store"}
        )  # fmt: skip

    async def _tile(
        self, name: str, granted: Access, tile: tuple[int, int, int], since: datetime | None, until: datetime | None,
        device: list[int] | None, if_none_match: str,
    ) -> Response:  # fmt: skip
        require_tile(*tile, DEEPEST_CELLS)
        z, x, y = tile
        [row] = await self._readings.rows(granted, name, z=z, x=x, y=y, **_asked(granted, since, until, device))
        return tile_response(bytes(row["tile"]), if_none_match)


def _asked(
    granted: Access, since: datetime | None, until: datetime | None, device: list[int] | None
) -> dict[str, object]:
    # A range excludes its end.
    last = None if until is None else _month(until - timedelta(microseconds=1))
    return {"first_month": _month(since), "last_month": last, "devices": asked_devices(granted, device)}


def _month(instant: datetime | None) -> date | None:
    return None if instant is None else instant.astimezone(UTC).date().replace(day=1)
