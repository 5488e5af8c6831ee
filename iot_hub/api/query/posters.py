"""A trip or a year as a poster, of what the request may read."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from iot_hub.access.login.page import language
from iot_hub.api.query import openapi
from iot_hub.api.query.access import Granted
from iot_hub.api.query.asked_devices import Devices, asked_devices
from iot_hub.api.query.errors import BusyError
from iot_hub.api.query.heavy_requests import HeavyRequests
from iot_hub.api.query.readings import Readings
from iot_hub.api.query.time_range import Range
from iot_hub.posters.content import LONGEST_TITLE, MOST_LINES, Wanted, step_of
from iot_hub.posters.drawn_apart import LONGEST_BY_THE_CLOCK_S, drawn
from iot_hub.posters.poster import Format, Orientation, Sheet, Size, Theme
from iot_hub.settings import Settings

_TYPES = {"pdf": "application/pdf", "png": "image/png"}


class PosterEndpoint:
    """The endpoint. Trips are read from the granted view; countries, which rest on stays, are the owner's alone."""

    def __init__(self, settings: Settings, readings: Readings) -> None:
        self._settings = settings
        self._readings = readings
        self._heavy = HeavyRequests()
        # A drawing takes seconds of a processor: the other is for all else.
        self._drawing = asyncio.Semaphore(1)

    def router(self) -> APIRouter:
        """Return the router of the endpoint."""
        router = APIRouter(
            tags=["query"], responses=openapi.ERRORS | openapi.POSTER,
            generate_unique_id_function=lambda route: route.name, dependencies=[Depends(self._heavy.slot)],
        )  # fmt: skip
        router.get("/v1/poster", summary="A trip or a year as a poster", response_class=Response)(self.poster)
        return router

    async def poster(
        self,
        request: Request,
        granted: Granted,
        range_: Range,
        device: Devices = None,
        format: Annotated[Format, Query(description="The format.")] = "pdf",
        size: Annotated[Size, Query(description="The paper.")] = "a3",
        orientation: Annotated[Orientation, Query(description="How it hangs.")] = "portrait",
        theme: Annotated[Theme, Query(description="Its colours.")] = "light",
        title: Annotated[
            str | None,
            Query(description="Default: the year, where a trip led, or the days.", max_length=LONGEST_TITLE),
        ] = None,
        lang: Annotated[Literal["en", "pl"] | None, Query(description="Default: the hub's, or the browser's.")] = None,
    ) -> Response:
        """Return a sheet with the trips that start in the range: their lines on a map, and how far they led.

        A calendar year of the owner's time zone has its number as the title; a single trip the names of its ends, and
        times in the zone of each. PNG has 200 dots per inch.
        """
        devices = asked_devices(granted, device)
        names = [await self._readings.require_device(granted, one) for one in devices or []]
        wanted = Wanted(
            range_.since, range_.until, self._settings.zone,
            lang or language(self._settings.language, request.headers),
            ", ".join(row["name"] for row in names) or None,
            Sheet(size, orientation, theme), title,
        )  # fmt: skip
        asked = {"since": range_.since, "until": range_.until, "devices": devices}
        [totals] = await self._readings.rows(granted, "poster_totals", **asked, zone=wanted.zone.key)
        lines = await self._readings.rows(
            granted, "poster_lines", **asked, step_m=step_of(totals), most=MOST_LINES
        )  # fmt: skip
        ends, of_year = [], []
        if totals["trips"] == 1:
            ends = await self._readings.rows(granted, "poster_ends", **asked)
        if granted.view == "owner" and wanted.year:
            of_year = await self._readings.rows(
                granted, "statistics_by_period", **asked, zone=wanted.zone.key, step="year",
                least_s=self._settings.visit_minutes * 60,
            )  # fmt: skip
        poster = wanted.compose(totals, lines, next(iter(ends), None), next(iter(of_year), None))
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="poster-{wanted.first_day}.{format}"',
        }
        try:
            async with asyncio.timeout(LONGEST_BY_THE_CLOCK_S), self._drawing:
                file = await drawn(poster, format)
        except TimeoutError:
            raise BusyError from None
        return Response(file, 200, headers, _TYPES[format])
