"""Statistics of journeys: by month and year, of places and countries, trips and streaks.

Others than the owner get what published trips add up to: published fixes make these, and nothing else (decision 0045).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from iot_hub.api.query import openapi
from iot_hub.api.query.access import EVERYTHING, Access, Granted
from iot_hub.api.query.asked_devices import Devices, asked_devices
from iot_hub.api.query.day_range import DayRange, FirstDay, LastDay, day_range
from iot_hub.api.query.heavy_requests import HeavyRequests
from iot_hub.api.query.published_places import places_of_ends
from iot_hub.api.query.readings import Readings
from iot_hub.api.query.statistics_csv import CSV, flat, to_csv
from iot_hub.api.query.statistics_models import (
    StatisticsByPeriod,
    StatisticsOfCountries,
    StatisticsOfPlaces,
    StatisticsOfStreaks,
    StatisticsOfTrips,
)
from iot_hub.settings import Settings

MOST_PLACES = 10_000

Format = Annotated[Literal["json", "csv"], Query(description="The format.")]
_FIGURES = ("country_code", "country", "visits", "stops", "seconds", "days", "nights", "first_visit", "last_visit")
_OF_PLACES = ("name", "place_id", "place_kind", "city", "region", *_FIGURES)
_OF_TRIPS = ("day", "device_id", "starts", "ends", "mode", "distance_m", "start_name", "end_name")
_OF_STREAKS = ("mode", "active_days", "longest_days", "first_day", "last_day")


class StatisticsEndpoints:
    """The endpoints. Of what is published no stay is known: what stays add up to is null."""

    def __init__(self, settings: Settings, readings: Readings) -> None:
        self._zone = settings.zone
        self._least_s = settings.visit_minutes * 60
        self._readings = readings
        self._heavy = HeavyRequests()

    def router(self) -> APIRouter:
        """Return the router of the endpoints."""
        # fmt: off
        router = APIRouter(
            prefix="/v1/statistics", tags=["query"], responses=openapi.ERRORS | openapi.ALSO_CSV,
            generate_unique_id_function=lambda route: route.name, dependencies=[Depends(self._heavy.slot)],
        )
        router.get(
            "", response_model=StatisticsByPeriod, summary="Distances, times and visits by month or year",
            response_description="The periods, oldest first.",
        )(self.statistics)
        router.get(
            "/places", response_model=StatisticsOfPlaces, summary="Where devices stayed, how often and how long",
            response_description="The places, the longest stayed at first.",
        )(self.statistics_places)
        router.get(
            "/countries", response_model=StatisticsOfCountries, summary="Days and nights in each country",
            response_description="The countries, the longest stayed in first.",
        )(self.statistics_countries)
        router.get(
            "/trips", response_model=StatisticsOfTrips, summary="The longest trips",
            response_description="The trips, the longest first.",
        )(self.statistics_trips)
        router.get(
            "/streaks", response_model=StatisticsOfStreaks, summary="Days in a row with a trip, by mode",
            response_description="The modes, the most frequent first.",
        )(self.statistics_streaks)
        # fmt: on
        return router

    async def statistics(
        self,
        granted: Granted,
        first: FirstDay = None,
        last: LastDay = None,
        by: Annotated[Literal["month", "year"], Query(description="Length of a period.")] = "month",
        device: Devices = None,
        format: Format = "json",
    ) -> Response:
        """Return what was travelled and visited in each period between the first journey in the range and the last.

        Times are cut where a period begins. A trip with its distance, and a visit, count where they start, so that
        months add up to years. Of what is published, trips alone: what stays and gaps add up to is null.
        """
        range_ = day_range(first, last, self._zone)
        rows = await self._rows(granted, "statistics_by_period", range_, device, step=by, least_s=self._least_s)
        if granted.view == "published":
            rows = [row | _NO_STAYS for row in rows]
        if format == "csv":
            return _csv([flat(row) for row in rows], tuple(flat(_NOTHING)), f"statistics-{range_.first}-{range_.last}")
        return _json({**_about(range_), "by": by, "periods": rows})

    async def statistics_places(
        self,
        granted: Granted,
        first: FirstDay = None,
        last: LastDay = None,
        level: Annotated[
            Literal["place", "city", "region", "country"],
            Query(description="What a row is: your place, or else the city; a city; a region; a country."),
        ] = "place",
        limit: Annotated[int, Query(description="Most places.", ge=1, le=MOST_PLACES)] = 1_000,
        device: Devices = None,
        format: Format = "json",
    ) -> Response:
        """Return the places where devices stayed.

        A visit is a stay of 30 minutes or more (`IOT_HUB_VISIT_MINUTES`), a stop a shorter one: a place with stops
        alone was passed through.
        """
        range_ = day_range(first, last, self._zone)
        rows = await self._places(granted, range_, device, level, limit)
        if format == "csv":
            return _csv(rows, _OF_PLACES, f"places-{range_.first}-{range_.last}")
        return _json({**_about(range_), "level": level, "places": rows})

    async def statistics_countries(
        self,
        granted: Granted,
        first: FirstDay = None,
        last: LastDay = None,
        device: Devices = None,
        format: Format = "json",
    ) -> Response:
        """Return the days and nights spent in each country, by two rules.

        `days`: days, in the owner's time zone, that a stay in the country touches, however short; a day may count for
        several countries. `nights`: days at whose end a device was at a place in the country; on a trip over midnight
        it was in none. Of what is published: days on which a published trip began or ended there, and no nights.
        """
        range_ = day_range(first, last, self._zone)
        rows = await self._places(granted, range_, device, "country", MOST_PLACES)
        if format == "csv":
            return _csv(rows, _FIGURES, f"countries-{range_.first}-{range_.last}")
        [days] = await self._rows(granted, "statistics_of_days", range_, device)
        if granted.view == "published":
            days |= dict.fromkeys(("nights_at_places", "nights_on_the_way", "nights_unknown"))
        countries = [{name: row[name] for name in _FIGURES} for row in rows]
        return _json({**_about(range_), **days, "countries": countries})

    async def statistics_trips(
        self,
        granted: Granted,
        first: FirstDay = None,
        last: LastDay = None,
        limit: Annotated[int, Query(description="Most trips.", ge=1, le=1_000)] = 10,
        device: Devices = None,
        format: Format = "json",
    ) -> Response:
        """Return the longest trips that start in the range, with the names of where they began and ended."""
        range_ = day_range(first, last, self._zone)
        rows = await self._rows(granted, "statistics_longest_trips", range_, device, most=limit)
        if format == "csv":
            return _csv(rows, _OF_TRIPS, f"trips-{range_.first}-{range_.last}")
        return _json({**_about(range_), "trips": rows})

    async def statistics_streaks(
        self,
        granted: Granted,
        first: FirstDay = None,
        last: LastDay = None,
        device: Devices = None,
        format: Format = "json",
    ) -> Response:
        """Return on how many days a trip of each mode started, and the longest run of such days within the range."""
        range_ = day_range(first, last, self._zone)
        rows = await self._rows(granted, "statistics_streaks", range_, device)
        if format == "csv":
            return _csv(rows, _OF_STREAKS, f"streaks-{range_.first}-{range_.last}")
        return _json({**_about(range_), "streaks": rows})

    async def _places(
        self, granted: Access, range_: DayRange, devices: list[int] | None, level: str, most: int
    ) -> list[dict[str, Any]]:
        if granted.view == "published":
            return await self._published_places(granted, range_, devices, level, most)
        return await self._rows(
            granted, "statistics_by_place", range_, devices, level=level, most=most, least_s=self._least_s
        )

    async def _published_places(
        self, granted: Access, range_: DayRange, devices: list[int] | None, level: str, most: int
    ) -> list[dict[str, Any]]:
        ends = await self._rows(granted, "published_trip_ends", range_, devices)
        # Of a position alone, names of cities tell no more to whoever may not read them than any atlas does.
        names = await self._readings.rows(
            EVERYTHING, "names_of_positions",
            latitudes=[end["latitude"] for end in ends], longitudes=[end["longitude"] for end in ends],
        )  # fmt: skip
        named = {row["number"]: row for row in names}
        return places_of_ends([(end["days"], named.get(number)) for number, end in enumerate(ends)], level)[:most]

    async def _rows(
        self, granted: Access, statement: str, range_: DayRange, devices: list[int] | None, **values: object
    ) -> list[dict[str, Any]]:
        return await self._readings.rows(
            granted, statement, devices=asked_devices(granted, devices), zone=range_.zone.key, since=range_.since,
            until=range_.until, **values,
        )  # fmt: skip


_NOTHING: dict[str, Any] = dict.fromkeys(
    ("period", "starts", "ends", "trips", "distance_m", "moving_s", "staying_s", "unknown_s", "visits", "stops",
     "countries", "cities"),
) | {"modes": {}, "kinds": {}}  # fmt: skip


_NO_STAYS: dict[str, Any] = dict.fromkeys(("staying_s", "unknown_s", "visits", "stops", "countries", "cities"))


def _about(range_: DayRange) -> dict[str, date | str]:
    return {"zone": range_.zone.key, "from": range_.first, "to": range_.last}


def _csv(rows: list[dict[str, Any]], columns: tuple[str, ...], name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return Response(to_csv(rows, columns), media_type=CSV, headers=headers)


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json", headers={"Cache-Control": "no-store"})
