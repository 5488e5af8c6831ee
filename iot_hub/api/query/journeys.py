"""Journeys: as tiles for the map, as a list, and how far each day went; others see stays only if the owner says so."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Path, Query
from starlette.responses import Response

from iot_hub.api.query import openapi
from iot_hub.api.query.access import Access, Granted, OwnerGranted
from iot_hub.api.query.asked_devices import Devices, asked_devices
from iot_hub.api.query.errors import BadParameterError
from iot_hub.api.query.models import JourneyDays, Journeys, JourneysNear, NewPlaces
from iot_hub.api.query.readings import Readings
from iot_hub.api.query.time_range import Range, Since, Until
from iot_hub.api.query.vector_tiles import require_tile, tile_response
from iot_hub.errors import UserError
from iot_hub.places.place import position_of
from iot_hub.settings import Settings

MOST_JOURNEYS = 10_000

DeviceId = Annotated[int, Path(description="The device's number.", ge=0, le=2**31 - 1)]


class JourneyEndpoints:
    """The endpoints. When devices were at a position is the owner's alone: that is what places make of a history."""

    def __init__(self, settings: Settings, readings: Readings) -> None:
        self._zone = settings.time_zone
        self._least_s = settings.visit_minutes * 60
        self._readings = readings

    def router(self) -> APIRouter:
        """Return the router of the endpoints."""
        # fmt: off
        router = APIRouter(
            tags=["query"], responses=openapi.ERRORS,
            generate_unique_id_function=lambda route: route.name,
        )
        router.get(
            "/v1/tiles/journeys/{z}/{x}/{y}", summary="Trips and stays as a vector tile", response_class=Response,
            responses=openapi.JOURNEYS_TILE,
        )(self.journeys_tile)
        router.get(
            "/v1/journeys/days", response_model=JourneyDays, summary="How far each day went",
            response_description="The days with a trip, oldest first.",
        )(self.journey_days)
        router.get(
            "/v1/journeys/new-places", response_model=NewPlaces, summary="Days with a first visit",
            response_description="The days on which a place or a city was new, oldest first.",
            responses=openapi.OWNER_ONLY,
        )(self.new_places)
        router.get(
            "/v1/journeys/near", response_model=JourneysNear, summary="When devices were at a position",
            response_description="Stays there and trips that led past, newest first.", responses=openapi.OWNER_ONLY,
        )(self.journeys_near)
        router.get(
            "/v1/devices/{device_id}/journeys", response_model=Journeys, summary="Stays, trips and gaps",
            response_description="The journeys, oldest first.",
        )(self.journeys)
        # fmt: on
        return router

    async def journeys_tile(
        self,
        granted: Granted,
        z: Annotated[int, Path(description="Zoom, 0 to 22.")],
        x: Annotated[int, Path(description="Column, from the antimeridian eastwards.")],
        y: Annotated[int, Path(description="Row, from the north.")],
        since: Since = None,
        until: Until = None,
        device: Devices = None,
        if_none_match: Annotated[str, Header(include_in_schema=False)] = "",
    ) -> Response:
        """Return a Mapbox vector tile in web Mercator; 204 where there is nothing.

        Layer `trips`: lines of trips, or of their legs, with `device_id`, `mode`, `starts` and `ends` (Unix seconds)
        and `day` in the owner's time zone. Layer `stays`, from zoom 9: points with `device_id`, `visits` and `hours`.
        Of what is published, trips; stays only if the owner shows them to others.
        """
        require_tile(z, x, y)
        [row] = await self._readings.rows(
            granted, "journeys_tile", z=z, x=x, y=y, since=since, until=until, devices=asked_devices(granted, device),
            zone=self._zone,
        )  # fmt: skip
        return tile_response(bytes(row["tile"]), if_none_match)

    async def journey_days(self, granted: Granted, device: Devices = None) -> Response:
        """Return the days with a trip, in the owner's time zone, and the sum of its trips' lengths."""
        days = await self._readings.rows(
            granted, "journeys_by_day", devices=asked_devices(granted, device), zone=self._zone
        )  # fmt: skip
        return _json({"view": granted.view, "zone": self._zone, "days": days})

    async def new_places(self, granted: OwnerGranted, device: Devices = None) -> Response:
        """Return the days with a first visit of a place of yours or of a city, among those of the devices asked for.

        It reads all stays: ask for it when somebody looks at it.
        """
        days = await self._readings.rows(
            granted, "new_places_by_day", devices=asked_devices(granted, device), zone=self._zone,
            least_s=self._least_s,
        )  # fmt: skip
        return _json({"zone": self._zone, "days": days})

    async def journeys_near(
        self,
        granted: OwnerGranted,
        # Not as two parameters: those are what apps report by, at whatever address.
        at: Annotated[str, Query(description="The position: latitude, longitude (WGS 84).", examples=["50.06,19.94"])],
        radius_m: Annotated[float, Query(description="How far around it, in metres.", ge=1, le=50_000)] = 200,
        limit: Annotated[int, Query(description="Most journeys.", ge=1, le=1_000)] = 100,
        device: Devices = None,
    ) -> Response:
        """Return the stays within a radius of a position, and the trips that led past it, newest first."""
        try:
            latitude, longitude = position_of(at)
        except UserError as error:
            raise BadParameterError(f"at: {error}") from error
        journeys = await self._readings.rows(
            granted, "journeys_near", latitude=latitude, longitude=longitude, radius_m=radius_m, most=limit,
            devices=asked_devices(granted, device),
        )  # fmt: skip
        return _json({"journeys": journeys})

    async def journeys(self, granted: Granted, device_id: DeviceId, range_: Range) -> Response:
        """Return a device's stays, trips and gaps that touch the range.

        Of what is published, trips; stays only if the owner shows them to others.

        At most 10,000. If there are more, `next_from` is the `from` of the rest.
        """
        await self._readings.require_device(granted, device_id)
        rows = await self._readings.rows(
            granted, "journeys_of_device", device_id=device_id, since=range_.since, until=range_.until,
            limit=MOST_JOURNEYS + 1,
        )  # fmt: skip
        legs = await self._legs(granted, device_id, rows[:MOST_JOURNEYS])
        return _json({
            "device_id": device_id, "from": range_.since, "to": range_.until,
            "next_from": rows[MOST_JOURNEYS]["starts"] if len(rows) > MOST_JOURNEYS else None,
            "journeys": [
                _drawn(row) | {"legs": legs.get(row["starts"], [])} for row in rows[:MOST_JOURNEYS]
            ],
        })  # fmt: skip

    async def _legs(
        self, granted: Access, device_id: int, journeys: list[dict[str, Any]]
    ) -> dict[datetime, list[dict[str, Any]]]:
        """Return the legs of trips, by when the trip starts."""
        if not journeys:
            return {}
        legs = await self._readings.rows(
            granted, "legs_of_journeys", device_id=device_id, first=journeys[0]["starts"], last=journeys[-1]["starts"]
        )
        return {trip: [_drawn(leg) for leg in of_trip] for trip, of_trip in groupby(legs, itemgetter("trip_starts"))}


def _drawn(row: dict[str, Any]) -> dict[str, Any]:
    """Return a journey or a leg with its line as the JSON that the database has written."""
    return row | {"path": msgspec.Raw(row["path"].encode()) if row["path"] else None}


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json", headers={"Cache-Control": "no-store"})
