"""Search by name, the owner's alone: places, cities, regions and countries, and when devices were there."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from iot_hub.api.query import openapi
from iot_hub.api.query.access import OwnerGranted
from iot_hub.api.query.asked_devices import Devices, asked_devices
from iot_hub.api.query.models import SearchResult, VisitRead
from iot_hub.api.query.readings import Readings
from iot_hub.places.search import ACCENTED, PLAIN, best, folded

MOST_RESULTS = 10
MOST_CITIES = 5


class SearchEndpoints:
    """The endpoints."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings

    def router(self) -> APIRouter:
        """Return the router of the endpoints."""
        # fmt: off
        router = APIRouter(
            tags=["query"], responses=openapi.ERRORS | openapi.OWNER_ONLY,
            generate_unique_id_function=lambda route: route.name,
        )
        router.get(
            "/v1/search", response_model=list[SearchResult], summary="Places by name",
            response_description="What fits best first; then large cities of the world.",
        )(self.search)
        router.get(
            "/v1/visits", response_model=list[VisitRead], summary="When devices were at a place, city, …",
            response_description="The visits, newest first.",
        )(self.visits)
        # fmt: on
        return router

    async def search(
        self,
        granted: OwnerGranted,
        q: Annotated[str, Query(description="What to look for: a name or its beginning.", max_length=100)],
        device: Devices = None,
    ) -> Response:
        """Find your places, and cities, regions and countries, by name.

        Accents and case don't matter. What was visited comes first; then cities of the world, by population.
        """
        devices = asked_devices(granted, device)
        visited = best(q, await self._readings.rows(granted, "visited_names", devices=devices), MOST_RESULTS)
        cities = await self._readings.rows(
            granted, "cities_named", accented=ACCENTED, plain=PLAIN, begins=folded(q), most=MOST_CITIES
        ) if folded(q) else []  # fmt: skip
        known = {(row["kind"], row["name"], row["country"]) for row in visited}
        return _json(visited + [row for row in cities if (row["kind"], row["name"], row["country"]) not in known])

    async def visits(
        self,
        granted: OwnerGranted,
        kind: Annotated[Literal["place", "city", "region", "country"], Query(description="What the name is of.")],
        name: Annotated[str, Query(description="The name, as `/v1/search` has it.", max_length=200)],
        country: Annotated[str | None, Query(description="The country of a city or region.", max_length=200)] = None,
        limit: Annotated[int, Query(description="Most visits.", ge=1, le=1_000)] = 200,
        device: Devices = None,
    ) -> Response:
        """Return when devices were there, and the trip that led there each time."""
        rows = await self._readings.rows(
            granted, "visits_named", kind=kind, called=name, country=country, most=limit,
            devices=asked_devices(granted, device),
        )  # fmt: skip
        return _json(rows)


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json", headers={"Cache-Control": "no-store"})
