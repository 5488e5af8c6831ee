"""``/map/year/2025``: the owner's year as a page without scripts, to print or to save."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

import psycopg
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from iot_hub.access.login.authorization import COOKIE
from iot_hub.access.login.page import language
from iot_hub.access.login.sessions import Sessions
from iot_hub.api import content_security_policy
from iot_hub.api.query.access import EVERYTHING
from iot_hub.api.query.day_range import DayRange
from iot_hub.api.query.readings import Readings
from iot_hub.api.year.drawing import MAP_HEIGHT, MAP_WIDTH
from iot_hub.api.year.review import Figures, Review, style
from iot_hub.errors import DatabaseAwayError
from iot_hub.settings import Settings

_ALL = "all"
_MOST_PLACES, _MOST_TRIPS = 50, 5
_YEARS = range(1970, 2200)


class YearPage:
    """The endpoint."""

    def __init__(self, settings: Settings, sessions: Sessions) -> None:
        self._settings = settings
        self._sessions = sessions
        self._readings = Readings(settings)

    def routes(self) -> list[Route]:
        """Return the route of the page."""
        return [Route("/map/year/{year:int}", self.show)]

    async def close(self) -> None:
        """Close the connections, at the end of the application."""
        await self._readings.close()

    async def show(self, request: Request) -> Response:
        """Return the page, or lead a browser without a session to the login."""
        year = request.path_params["year"]
        if year not in _YEARS:
            return PlainTextResponse("Not found.", 404)
        try:
            if not await self._sessions.validate_session(request.cookies.get(COOKIE, "")):
                onward = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return RedirectResponse(f"/login?next={quote(onward, safe='/?=&')}", 302, {"Cache-Control": "no-store"})
            page = await self._page(year, request)
        except (DatabaseAwayError, psycopg.OperationalError):
            return PlainTextResponse("The database does not answer. Try again in a few seconds.", 503)
        headers = {
            "Content-Security-Policy": content_security_policy.plain_page(style()),
            "Cache-Control": "no-store",
        }
        return HTMLResponse(page, headers=headers)

    async def _page(self, year: int, request: Request) -> str:
        devices = await self._rows("statistics_devices")
        asked = request.query_params.get("device", "")
        device = next((row for row in devices if str(row["device_id"]) == asked), None)
        if device is None and asked != _ALL and devices:
            device = devices[0]
        chosen = [device] if device else devices
        review = Review(
            year=year,
            years=_years(chosen, self._settings),
            device=device["name"] if device else None,
            device_parameter=str(device["device_id"]) if device else _ALL,
            language=language(request.query_params.get("lang") or self._settings.language, request.headers),
            zone=self._settings.time_zone,
        )
        return review.page(await self._figures(year, [device["device_id"]] if device else None))

    async def _figures(self, year: int, devices: list[int] | None) -> Figures:
        days = DayRange(date(year, 1, 1), date(year, 12, 31), self._settings.zone)
        asked = {"devices": devices, "zone": days.zone.key, "since": days.since, "until": days.until}
        least = {"least_s": self._settings.visit_minutes * 60}
        of_year = await self._rows("statistics_by_period", **asked, **least, step="year")
        paths = await self._rows("statistics_map", **asked, width_px=MAP_WIDTH, height_px=MAP_HEIGHT)
        [of_days] = await self._rows("statistics_of_days", **asked)
        return Figures(
            months=await self._rows("statistics_by_period", **asked, **least, step="month"),
            of_year=of_year[0] if of_year else None,
            countries=await self._rows("statistics_by_place", **asked, **least, level="country", most=1_000),
            places=await self._rows("statistics_by_place", **asked, **least, level="place", most=_MOST_PLACES),
            trips=await self._rows("statistics_longest_trips", **asked, most=_MOST_TRIPS),
            streaks=await self._rows("statistics_streaks", **asked),
            days=of_days,
            paths=paths[0] if paths else None,
        )

    async def _rows(self, statement: str, **values: object) -> list[dict[str, Any]]:
        return await self._readings.rows(EVERYTHING, statement, **values)


def _years(devices: Sequence[dict[str, Any]], settings: Settings) -> range:
    if not devices:
        return range(0)
    first = min(row["starts"] for row in devices).astimezone(settings.zone).year
    last = max(row["ends"] for row in devices).astimezone(settings.zone).year
    return range(first, last + 1)
