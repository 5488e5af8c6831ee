"""The owner's address book of places, as endpoints: the map page names places by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from iot_hub.api.query import openapi
from iot_hub.api.query.access import AllGranted
from iot_hub.api.query.errors import BadParameterError
from iot_hub.api.query.models import PlaceChange, PlaceRead, PlaceSuggestion
from iot_hub.api.query.readings import Readings
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.errors import UserError
from iot_hub.places.address_book import (
    Connection,
    UnknownPlaceError,
    add_place,
    edit_place,
    read_place,
    remove_place,
)
from iot_hub.places.place import Place, kind_named
from iot_hub.places.suggestions import suggest_places
from iot_hub.settings import Settings

Done = TypeVar("Done")

PlaceId = Annotated[int, Path(description="The place's number.", ge=0, le=2**31 - 1)]


class PlaceEndpoints:
    """The endpoints. Nothing of them is published. A change needs the owner's session on a page of this hub."""

    def __init__(self, settings: Settings, readings: Readings) -> None:
        self._settings = settings
        self._readings = readings

    def router(self) -> APIRouter:
        """Return the router of the endpoints."""
        # fmt: off
        router = APIRouter(
            prefix="/v1/places", tags=["owner"], responses=openapi.ERRORS | openapi.OWNER_ONLY | openapi.UNKNOWN_PLACE,
            generate_unique_id_function=lambda route: route.name,
        )
        router.get(
            "", response_model=list[PlaceRead], summary="Your places",
            response_description="The places, in the order of their names.",
        )(self.places)
        router.get(
            "/suggestions", response_model=list[PlaceSuggestion], summary="Places to name",
            response_description="Where devices stayed twice or more and no place is, the longest first.",
        )(self.place_suggestions)
        router.post(
            "", status_code=201, response_model=PlaceRead, summary="Add a place",
            response_description="The place. Past stays have its name at once.",
        )(self.add_place)
        router.put(
            "/{place_id}", response_model=PlaceRead, summary="Change a place",
            response_description="The place as it is now.",
        )(self.change_place)
        router.delete(
            "/{place_id}", status_code=204, summary="Remove a place",
            response_description="It is removed. Its stays are kept.",
        )(self.remove_place)
        # fmt: on
        return router

    async def places(self, granted: AllGranted) -> Response:
        """List your places, with how often and how long devices were there."""
        return _json(await self._readings.rows(granted, "list_places"))

    async def place_suggestions(self, _: AllGranted) -> Response:
        """List where devices stayed twice or more and no place is; 20 at most."""
        suggestions = await self._run(suggest_places)
        return _json([
            {"latitude": round(each.latitude, 6), "longitude": round(each.longitude, 6), "visits": each.visits,
             "hours": round(each.hours, 1), "last_visit": each.last_visit, "city": each.city}
            for each in suggestions
        ])  # fmt: skip

    async def add_place(self, _: AllGranted, place: PlaceChange) -> Response:
        """Add a place. Requires the owner's session, and an `Origin` that is the hub's own address."""
        added = _place(place)
        return _json(await self._run(lambda owner: read_place(owner, add_place(owner, added))), 201)

    async def change_place(self, _: AllGranted, place_id: PlaceId, place: PlaceChange) -> Response:
        """Replace a place. Requires the owner's session, and an `Origin` that is the hub's own address."""
        changed = _place(place)

        def change(owner: Connection) -> dict[str, Any]:
            edit_place(owner, place_id, changed)
            return read_place(owner, place_id)

        return _json(await self._run(change))

    async def remove_place(self, _: AllGranted, place_id: PlaceId) -> Response:
        """Remove a place. Requires the owner's session, and an `Origin` that is the hub's own address."""
        await self._run(lambda owner: remove_place(owner, place_id))
        return Response(status_code=204)

    async def _run(self, work: Callable[[Connection], Done]) -> Done:
        def connected() -> Done:
            with connect(owner_conninfo(self._settings, "iot-hub api places")) as owner:
                return work(owner)

        try:
            return await run_in_threadpool(connected)
        except UnknownPlaceError:
            raise
        except UserError as error:
            raise BadParameterError(str(error)) from error


def _place(change: PlaceChange) -> Place:
    kind = change.kind or kind_named(change.name)
    try:
        return Place(change.name, round(change.latitude, 6), round(change.longitude, 6), kind, change.radius_m)
    except UserError as error:
        raise BadParameterError(str(error)) from error


def _json(content: object, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(content), status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )
