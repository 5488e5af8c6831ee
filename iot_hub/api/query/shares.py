"""Share links as endpoints: the map page makes and revokes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec
from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from iot_hub.api.query import openapi
from iot_hub.api.query.access import AllGranted, OwnerGranted
from iot_hub.api.query.errors import BadParameterError
from iot_hub.api.query.readings import Readings
from iot_hub.api.query.share_models import (
    LivePosition,
    LivePreview,
    LiveToShare,
    ShareMade,
    SharePreview,
    ShareRead,
    ShareRevoked,
    TripSpan,
    TripToShare,
    YearPreview,
    YearSpan,
    YearToShare,
)
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.errors import UserError
from iot_hub.privacy import share_links
from iot_hub.settings import Settings

Done = TypeVar("Done")

ShareId = Annotated[int, Path(description="The link's number.", ge=0, le=2**31 - 1)]


class ShareEndpoints:
    """The endpoints, the owner's alone. A change needs the owner's session on a page of this hub."""

    def __init__(self, settings: Settings, readings: Readings) -> None:
        self._settings = settings
        self._readings = readings

    def router(self) -> APIRouter:
        """Return the router of the endpoints."""
        # fmt: off
        router = APIRouter(
            prefix="/v1/shares", tags=["owner"], responses=openapi.ERRORS | openapi.OWNER_ONLY,
            generate_unique_id_function=lambda route: route.name,
        )
        router.get(
            "", response_model=list[ShareRead], summary="Your share links",
            response_description="The links, the newest first, ended ones too.",
        )(self.shares)
        router.post(
            "/trips", status_code=201, response_model=ShareMade, summary="Share a trip by link",
            response_description="The link. Its address is shown only once.",
        )(self.share_trip)
        router.post(
            "/trips/preview", response_model=SharePreview, summary="What a link of a trip would show",
            response_description="How much of the trip visitors would see.",
        )(self.preview_shared_trip)
        router.post(
            "/live", status_code=201, response_model=ShareMade, summary="Share a live position by link",
            response_description="The link. Its address is shown only once.",
        )(self.share_live)
        router.post(
            "/live/preview", response_model=LivePreview, summary="What a link of a live position would show",
            response_description="How late visitors would see positions.",
        )(self.preview_shared_live)
        router.post(
            "/years", status_code=201, response_model=ShareMade, summary="Share a year's map by link",
            response_description="The link. Its address is shown only once.",
        )(self.share_year)
        router.post(
            "/years/preview", response_model=YearPreview, summary="What a link of a year would show",
            response_description="How much of the year visitors would see.",
        )(self.preview_shared_year)
        router.delete(
            "/{share_id}", response_model=ShareRevoked, summary="Revoke a link",
            response_description="Its number.",
        )(self.revoke_share)
        # fmt: on
        return router

    async def shares(self, granted: AllGranted) -> Response:
        """List your share links, the newest first, expired and revoked ones too. Addresses are not kept."""
        return _json(await self._readings.rows(granted, "list_share_links"))

    async def preview_shared_trip(self, granted: OwnerGranted, asked: TripSpan) -> Response:
        """Return how much of a trip visitors would see, and change nothing."""
        await self._readings.require_device(granted, asked.device_id)
        shown = await self._run(
            lambda owner: share_links.preview_trip(owner, str(asked.device_id), asked.since, asked.until)
        )
        return _json(asdict(shown) | {"is_whole": shown.is_whole, "links_work": self._links_work})

    async def share_trip(self, granted: OwnerGranted, made: TripToShare) -> Response:
        """Share a trip by link. Requires the owner's session, and an `Origin` that is the hub's own address."""
        await self._readings.require_device(granted, made.device_id)
        ttl = made.expires_at - datetime.now(UTC)
        link = await self._run(
            lambda owner: share_links.add_trip_share(
                owner, made.name, str(made.device_id), (made.since, made.until), made.precision, ttl
            )
        )
        return self._made(link)

    async def preview_shared_live(self, granted: OwnerGranted, asked: LivePosition) -> Response:
        """Return how late visitors would see where a device is, and change nothing."""
        await self._readings.require_device(granted, asked.device_id)
        shown = await self._run(
            lambda owner: share_links.preview_live(owner, str(asked.device_id), _destination(asked, "preview"))
        )
        return _json(asdict(shown) | {"links_work": self._links_work})

    async def share_live(self, granted: OwnerGranted, made: LiveToShare) -> Response:
        """Share where a device is and when it arrives. Requires the owner's session, and the hub's own `Origin`."""
        await self._readings.require_device(granted, made.device_id)
        ttl = made.expires_at - datetime.now(UTC)
        link = await self._run(
            lambda owner: share_links.add_live_share(
                owner, made.name, str(made.device_id), _destination(made, made.destination), ttl
            )
        )
        return self._made(link)

    async def preview_shared_year(self, granted: OwnerGranted, asked: YearSpan) -> Response:
        """Return how much of a year visitors would see, and change nothing."""
        await self._readings.require_device(granted, asked.device_id)
        shown = await self._run(
            lambda owner: share_links.preview_year(owner, asked.year, [str(asked.device_id)], self._settings.zone)
        )
        return _json(asdict(shown) | {"links_work": self._links_work})

    async def share_year(self, granted: OwnerGranted, made: YearToShare) -> Response:
        """Share a year's map and totals. Requires the owner's session, and the hub's own `Origin`."""
        await self._readings.require_device(granted, made.device_id)
        ttl = made.expires_at - datetime.now(UTC)
        link = await self._run(
            lambda owner: share_links.add_year_share(
                owner, made.name, made.year, [str(made.device_id)], self._settings.zone, ttl
            )
        )
        return self._made(link)

    async def revoke_share(self, _: OwnerGranted, share_id: ShareId) -> Response:
        """Revoke a link at once. Requires the owner's session, and an `Origin` that is the hub's own address."""
        await self._run(lambda owner: share_links.revoke_share_by_id(owner, share_id))
        return _json({"id": share_id})

    def _made(self, link: share_links.NewLink) -> Response:
        path = share_links.map_share_url(self._settings, link.token).removeprefix(self._settings.web_address)
        return _json({"id": link.id, "path": path, "expires_at": link.expires_at}, 201)

    @property
    def _links_work(self) -> bool:
        return self._settings.public_dashboard != "no"

    async def _run(self, work: Callable[[share_links.Connection], Done]) -> Done:
        def connected() -> Done:
            with connect(owner_conninfo(self._settings, "iot-hub api shares")) as owner:
                return work(owner)

        try:
            return await run_in_threadpool(connected)
        except UserError as error:
            raise BadParameterError(str(error)) from error


def _destination(asked: LivePosition, label: str) -> share_links.Destination:
    return share_links.Destination(label, asked.latitude, asked.longitude)


def _json(content: object, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(content), status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )
