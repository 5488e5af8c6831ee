"""What the owner puts right, as endpoints: the map page corrects journeys and fixes by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from iot_hub.api.query import openapi
from iot_hub.api.query.access import OwnerGranted
from iot_hub.api.query.asked_devices import Devices, asked_devices
from iot_hub.api.query.models import CorrectionChanged, CorrectionConcerned, CorrectionMade, CorrectionRead
from iot_hub.api.query.readings import Readings
from iot_hub.corrections import log
from iot_hub.corrections.correction import Correction
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

Done = TypeVar("Done")

CorrectionId = Annotated[int, Path(description="The correction's number.", ge=0, le=2**31 - 1)]


class CorrectionEndpoints:
    """The endpoints. Nothing of them is published. A change needs the owner's session on a page of this hub."""

    def __init__(self, settings: Settings, readings: Readings) -> None:
        self._settings = settings
        self._readings = readings

    def router(self) -> APIRouter:
        """Return the router of the endpoints."""
        # fmt: off
        router = APIRouter(
            prefix="/v1/corrections", tags=["owner"],
            responses=openapi.ERRORS | openapi.OWNER_ONLY | openapi.UNKNOWN_CORRECTION,
            generate_unique_id_function=lambda route: route.name,
        )
        router.get(
            "", response_model=list[CorrectionRead], summary="Your corrections",
            response_description="The corrections, the newest first, undone ones too.",
        )(self.corrections)
        router.post(
            "", status_code=201, response_model=CorrectionChanged, summary="Make a correction",
            response_description="Its number.",
        )(self.make_correction)
        router.post(
            "/preview", response_model=CorrectionConcerned, summary="What a correction would concern",
            response_description="How much it is.",
        )(self.preview_correction)
        router.delete(
            "/{correction_id}", response_model=CorrectionChanged, summary="Undo a correction",
            response_description="Its number.",
        )(self.undo_correction)
        # fmt: on
        return router

    async def corrections(
        self,
        granted: OwnerGranted,
        device: Devices = None,
        limit: Annotated[int, Query(description="Most corrections.", ge=1, le=log.MOST_LISTED)] = 1_000,
    ) -> Response:
        """List your corrections, the newest first, undone ones too."""
        devices = asked_devices(granted, device)
        return _json(await self._readings.rows(granted, "list_corrections", devices=devices, most=limit))

    async def preview_correction(self, granted: OwnerGranted, made: CorrectionMade) -> Response:
        """Count what a correction would concern, and change nothing."""
        correction = await self._read(granted, made)
        zone = self._settings.time_zone
        return _json(asdict(await self._run(lambda owner: log.preview(owner, correction, zone))))

    async def make_correction(self, granted: OwnerGranted, made: CorrectionMade) -> Response:
        """Make a correction. Requires the owner's session, and an `Origin` that is the hub's own address."""
        correction = await self._read(granted, made)
        return _json(asdict(await self._run(lambda owner: log.make(owner, correction))), 201)

    async def undo_correction(self, _: OwnerGranted, correction_id: CorrectionId) -> Response:
        """Undo a correction. Requires the owner's session, and an `Origin` that is the hub's own address."""
        return _json(asdict(await self._run(lambda owner: log.undo(owner, correction_id))))

    async def _read(self, granted: OwnerGranted, made: CorrectionMade) -> Correction:
        await self._readings.require_device(granted, made.device_id)
        return Correction(**made.model_dump())

    async def _run(self, work: Callable[[log.Connection], Done]) -> Done:
        def connected() -> Done:
            with connect(owner_conninfo(self._settings, "iot-hub api corrections")) as owner:
                return work(owner)

        return await run_in_threadpool(connected)


def _json(content: object, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(content), status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )
