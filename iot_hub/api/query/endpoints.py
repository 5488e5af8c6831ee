"""The query API: the devices' data for other programs, as far as each may read them.

``query_api()`` makes a FastAPI application with full paths (``/v1/devices``, ``/docs``,
``/openapi.json``), to be mounted at the root behind the receivers. A mounted application has
no lifespan: it connects at its first request, and its parent awaits ``app.state.close()``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query
from fastapi_offline import FastAPIOffline
from psycopg.rows import args_row
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from iot_hub import __version__
from iot_hub.api.query import openapi
from iot_hub.api.query.access import Access, Granted
from iot_hub.api.query.authorization import Authorization
from iot_hub.api.query.corrections import CorrectionEndpoints
from iot_hub.api.query.credentials import Credentials
from iot_hub.api.query.documentation_page import ASSETS, serve_page
from iot_hub.api.query.drives import DriveEndpoints
from iot_hub.api.query.errors import UnknownMetricError, add_error_handlers
from iot_hub.api.query.event_cursor import EventCursor
from iot_hub.api.query.heavy_requests import HeavyRequests
from iot_hub.api.query.hourly_metrics import Metric, built_in, metrics_of
from iot_hub.api.query.journeys import JourneyEndpoints
from iot_hub.api.query.map_cells import MapCellEndpoints
from iot_hub.api.query.models import Device, Events, Hourly, Last, Track
from iot_hub.api.query.photos import PhotoEndpoints
from iot_hub.api.query.places import PlaceEndpoints
from iot_hub.api.query.posters import PosterEndpoint
from iot_hub.api.query.publishing import Publishing
from iot_hub.api.query.readings import Readings
from iot_hub.api.query.search import SearchEndpoints
from iot_hub.api.query.shared import SharedEndpoint
from iot_hub.api.query.shares import ShareEndpoints
from iot_hub.api.query.statistics import StatisticsEndpoints
from iot_hub.api.query.strips import StripEndpoints
from iot_hub.api.query.time_range import CLOCKS_AHEAD, Range, TimeRange
from iot_hub.api.query.track_formats import GEOJSON, GPX, Point, geojson, gpx, prefers_gpx
from iot_hub.settings import Settings
from iot_hub.timestamps import iso_utc

MOST_POINTS = 100_000
MOST_HOURS = 100_000
_LAST_MONTH = timedelta(days=31)

DeviceId = Annotated[
    int, Path(description="The device's number.", ge=0, le=2**31 - 1, json_schema_extra={"example": 1})
]


class GeoJSONResponse(JSONResponse):
    """The default media type of a track, for OpenAPI."""

    media_type = GEOJSON


def query_api(settings: Settings, *, demo: bool = False) -> FastAPI:
    """Create the application; a demo may need no login. It connects to nothing before its first request."""
    readings, credentials = Readings(settings), Credentials(settings, demo=demo)
    shared = SharedEndpoint(settings)
    app = FastAPIOffline(
        docs_url=None,
        redoc_url=None,
        static_url=ASSETS,
        # A redirect would repeat the query, which may hold a token.
        redirect_slashes=False,
        title=openapi.TITLE,
        version=__version__,
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.tags(),
        # The validator's badge would send this hub's address to a stranger.
        swagger_ui_parameters={"validatorUrl": None, "tryItOutEnabled": True, "defaultModelsExpandDepth": 0},
    )

    async def close() -> None:
        await readings.close()
        await credentials.close()
        await shared.close()

    app.state.close = close
    app.add_middleware(
        Authorization, credentials=credentials, is_public=settings.public_dashboard == "yes", is_demo=demo
    )
    app.include_router(QueryEndpoints(readings).router())
    app.include_router(JourneyEndpoints(settings, readings).router())
    app.include_router(CorrectionEndpoints(settings, readings).router())
    app.include_router(DriveEndpoints(settings, readings).router())
    app.include_router(MapCellEndpoints(readings).router())
    app.include_router(PhotoEndpoints(settings, readings).router())
    app.include_router(PlaceEndpoints(settings, readings).router())
    app.include_router(PosterEndpoint(settings, readings).router())
    app.include_router(SearchEndpoints(readings).router())
    app.include_router(ShareEndpoints(settings, readings).router())
    app.include_router(shared.router())
    app.include_router(StatisticsEndpoints(settings, readings).router())
    app.include_router(StripEndpoints(readings).router())
    app.include_router(Publishing(settings, readings).router())
    add_error_handlers(app)
    openapi.document_receivers(app)
    serve_page(app)
    return app


class QueryEndpoints:
    """The endpoints. Each responds from the granted view and devices."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._heavy = HeavyRequests()

    def router(self) -> APIRouter:
        """Return the router of the endpoints."""
        heavy = [Depends(self._heavy.slot)]
        # fmt: off
        router = APIRouter(
            prefix=openapi.PREFIX, tags=["query"], responses=openapi.ERRORS,
            generate_unique_id_function=lambda route: route.name,
        )
        router.get(
            "", response_model=list[Device], summary="All devices",
            response_description="The devices, in the order of their numbers.",
        )(self.devices)
        router.get(
            "/{device_id}/last", response_model=Last, summary="The newest event and fix",
            response_description="What is newest.",
        )(self.last)
        router.get(
            "/{device_id}/events", dependencies=heavy, response_model=Events, summary="Events, newest first",
            response_description="A page of events.",
        )(self.events)
        router.get(
            "/{device_id}/hourly", dependencies=heavy, response_model=Hourly, summary="A metric by the hour",
            response_description="The hours.",
        )(self.hourly)
        router.get(
            "/{device_id}/track", dependencies=heavy, summary="Where the device was: GeoJSON or GPX",
            response_model=Track, response_class=GeoJSONResponse, responses=openapi.TRACK,
        )(self.track)
        # fmt: on
        return router

    async def devices(self, granted: Granted) -> Response:
        """List every device, with its newest event's time and battery level."""
        return _json(await self._readings.rows(granted, "listed_devices", devices=granted.device_list))

    async def last(self, granted: Granted, device_id: DeviceId) -> Response:
        """Return the newest event and the newest fix of a device."""
        await self._readings.require_device(granted, device_id)
        seen = await self._readings.rows(granted, "last_seen", device_id=device_id)
        events = seen and await self._readings.rows(
            granted, "newest_event", device_id=device_id, at=seen[0]["last_seen"]
        )
        locations = await self._readings.rows(granted, "newest_location", device_id=device_id)
        return _json({
            "device_id": device_id,
            "event": _event(events[0]) if events else None,
            "location": locations[0] if locations else None,
        })  # fmt: skip

    async def events(
        self,
        granted: Granted,
        device_id: DeviceId,
        range_: Range,
        limit: Annotated[int, Query(description="Maximum number of events in a page.", ge=1, le=1_000)] = 100,
        cursor: Annotated[
            str | None,
            Query(description="`next_cursor` of the previous page. It contains the range: `from` and `to` are ignored.",
                  max_length=200),
        ] = None,
    ) -> Response:  # fmt: skip
        """Return a page of a device's events.

        No event is skipped or repeated between pages, even while new ones arrive.
        """
        await self._readings.require_device(granted, device_id)
        position = EventCursor.decode(cursor) if cursor else EventCursor.at_start(range_)
        rows = await self._events_before(granted, device_id, position, limit + 1)
        page = rows[:limit]
        more = len(rows) > limit
        return _json({
            "device_id": device_id, "from": position.range.since, "to": position.range.until,
            "events": [_event(row) for row in page],
            "next_cursor": position.after(page[-1]["device_time"], page[-1]["id"]).encode() if more else None,
        })  # fmt: skip

    async def _events_before(
        self, granted: Access, device_id: int, position: EventCursor, limit: int
    ) -> list[dict[str, Any]]:
        """Return the newest events before a position, of its last month where that has enough."""
        since, before = position.range.since, position.range.until
        rows: list[dict[str, Any]] = []
        # What may be in any month is planned for all months, which takes longer than to read a page.
        newest = min(before, datetime.now(UTC) + CLOCKS_AHEAD)
        for start in dict.fromkeys((max(since, newest - _LAST_MONTH), since)):
            rows = await self._readings.rows(
                granted, "events_page", device_id=device_id, since=start, before=before, last_id=position.last_id,
                limit=limit,
            )  # fmt: skip
            if len(rows) == limit:
                break
        return rows

    async def hourly(
        self,
        granted: Granted,
        device_id: DeviceId,
        range_: Range,
        metric: Annotated[
            str,
            Query(description=f"{', '.join(f'`{name}`' for name in built_in())}, or any other number that the device"
                  " reports (`climate.temperature_C`, …). The error for an unknown metric lists them all.",
                  json_schema_extra={"example": "battery.level"}, max_length=200),
        ],
    ) -> Response:  # fmt: skip
        """Return a metric's hours that begin in the range. An hour without a value is absent, never 0."""
        await self._readings.require_device(granted, device_id)
        meant = built_in().get(metric) or await self._other_metric(granted, device_id, metric)
        rows = await self._readings.rows(
            granted, meant.query, device_id=device_id, metric=metric, since=range_.since, before=range_.until,
            limit=MOST_HOURS + 1,
        )  # fmt: skip
        return _json({
            "device_id": device_id, "metric": metric, "unit": meant.unit, "from": range_.since, "to": range_.until,
            "truncated": len(rows) > MOST_HOURS, "hours": rows[:MOST_HOURS],
        })  # fmt: skip

    async def _other_metric(self, granted: Access, device_id: int, name: str) -> Metric:
        known = await metrics_of(self._readings, granted, device_id)
        if name not in known:
            raise UnknownMetricError(f"Device {device_id} has no metric of this name. It has: {', '.join(known)}.")
        return known[name]

    async def track(
        self,
        granted: Granted,
        device_id: DeviceId,
        range_: Range,
        format: Annotated[
            Literal["geojson", "gpx"] | None,
            Query(description="The format. Default: by the header `Accept`, or else GeoJSON."),
        ] = None,
        accept: Annotated[str, Header(include_in_schema=False)] = "",
    ) -> Response:
        """Return a device's fixes, oldest first, split into segments at gaps of more than 30 minutes.

        At most 100,000 fixes. If there are more, the header `Link` (and `next_from` in GeoJSON) points
        to the rest.
        """
        device = await self._readings.require_device(granted, device_id)
        points = await self._readings.many_rows(
            granted, "track", args_row(Point),
            device_id=device_id, since=range_.since, before=range_.until, limit=MOST_POINTS + 1,
        )  # fmt: skip
        rest = points[MOST_POINTS].time if len(points) > MOST_POINTS else None
        as_gpx = prefers_gpx(accept) if format is None else format == "gpx"
        headers = {"Vary": "Accept"} | _link_to_rest(device_id, rest, range_, "gpx" if as_gpx else "geojson")
        if as_gpx:
            headers["Content-Disposition"] = f'attachment; filename="device-{device_id}-{range_.since:%Y-%m-%d}.gpx"'
            return _respond(await run_in_threadpool(gpx, points[:MOST_POINTS], device["name"]), GPX, headers)
        about = {
            "device_id": device_id, "from": range_.since, "to": range_.until,
            "truncated": rest is not None, "next_from": rest,
        }  # fmt: skip
        body = await run_in_threadpool(lambda: msgspec.json.encode(geojson(points[:MOST_POINTS], about)))
        return _respond(body, GEOJSON, headers)


def _link_to_rest(device_id: int, rest: datetime | None, range_: TimeRange, format: str) -> dict[str, str]:
    if rest is None:
        return {}
    following = urlencode({"from": iso_utc(rest), "to": iso_utc(range_.until), "format": format})
    return {"Link": f'</v1/devices/{device_id}/track?{following}>; rel="next"'}


def _event(row: dict[str, Any]) -> dict[str, Any]:
    # The database's own JSON text, so that a decimal keeps all its digits.
    return {
        "device_time": row["device_time"],
        "source": row["source"],
        "properties": msgspec.Raw(row["properties"].encode()),
    }


def _json(content: object) -> Response:
    return _respond(msgspec.json.encode(content), "application/json", {})


def _respond(body: bytes | str, media_type: str, headers: dict[str, str]) -> Response:
    return Response(body, media_type=media_type, headers={**headers, "Cache-Control": "no-store"})
