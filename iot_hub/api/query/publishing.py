"""The owner's switch for publishing a device, as an endpoint."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from iot_hub.access.devices import set_published
from iot_hub.api.query import openapi
from iot_hub.api.query.access import EVERYTHING
from iot_hub.api.query.errors import UnknownDeviceError
from iot_hub.api.query.models import Device, DeviceChange
from iot_hub.api.query.readings import Readings
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings


class Publishing:
    """The endpoint, open only to the owner's session on a page of this hub."""

    def __init__(self, settings: Settings, readings: Readings) -> None:
        self._settings = settings
        self._readings = readings

    def router(self) -> APIRouter:
        """Return the router of the endpoint."""
        router = APIRouter(
            prefix=openapi.PREFIX, tags=["owner"], responses=openapi.ERRORS,
            generate_unique_id_function=lambda route: route.name,
        )  # fmt: skip
        router.patch(
            "/{device_id}", response_model=Device, summary="Publish a device, or withdraw it",
            response_description="The device as it is now.",
        )(self.change_device)  # fmt: skip
        return router

    async def change_device(
        self,
        device_id: Annotated[int, Path(description="The device's number.", ge=0, le=2**31 - 1)],
        change: DeviceChange,
    ) -> Response:
        """Publish a device's readings, except where a private area hides them, or withdraw them.

        Requires the owner's session, and an `Origin` that is the hub's own address.
        """
        if not await run_in_threadpool(self._store, device_id, published=change.published):
            raise UnknownDeviceError(f"There is no device {device_id}. GET /v1/devices lists the devices.")
        [device] = await self._readings.rows(EVERYTHING, "listed_devices", devices=[device_id])
        return Response(
            msgspec.json.encode(device), media_type="application/json", headers={"Cache-Control": "no-store"}
        )

    def _store(self, device_id: int, *, published: bool) -> bool:
        # On a connection of its own, because withdrawing years of readings takes a while.
        with connect(owner_conninfo(self._settings, "iot-hub api publishing")) as connection:
            return set_published(connection, device_id, published=published)
