"""Drives and charges of cars, and what their owner puts right of them. Nothing of them is published."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from iot_hub.api.query import openapi
from iot_hub.api.query.access import OwnerGranted
from iot_hub.api.query.asked_devices import Devices, asked_devices
from iot_hub.api.query.drive_models import (
    CarSeries,
    Charges,
    DriveCorrectionMade,
    DriveCorrectionRead,
    Drives,
    DrivesConcerned,
)
from iot_hub.api.query.errors import BadParameterError
from iot_hub.api.query.models import CorrectionChanged
from iot_hub.api.query.readings import Readings
from iot_hub.api.query.time_range import Range, Since, Until
from iot_hub.corrections import drive_log
from iot_hub.corrections.drive_correction import DriveCorrection
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

Done = TypeVar("Done")

MOST_DRIVES = 10_000
MOST_POINTS = 2_000
LONGEST_SERIES = timedelta(days=31)

CorrectionId = Annotated[int, Path(description="The correction's number.", ge=0, le=2**31 - 1)]


class DriveEndpoints:
    """The endpoints. A change needs the owner's session on a page of this hub."""

    def __init__(self, settings: Settings, readings: Readings) -> None:
        self._settings = settings
        self._readings = readings

    def router(self) -> APIRouter:
        """Return the router of the endpoints."""
        # fmt: off
        router = APIRouter(
            tags=["owner"], responses=openapi.ERRORS | openapi.OWNER_ONLY,
            generate_unique_id_function=lambda route: route.name,
        )
        router.get(
            "/v1/drives", response_model=Drives, summary="Drives of cars",
            response_description="The drives, oldest first.",
        )(self.drives)
        router.get(
            "/v1/charges", response_model=Charges, summary="Charges of cars",
            response_description="The charges, oldest first.",
        )(self.charges)
        router.get(
            "/v1/drives/readings", response_model=CarSeries, summary="What a car reported, for charts",
            response_description="A list for each number.",
        )(self.drive_readings)
        router.get(
            "/v1/drives/corrections", response_model=list[DriveCorrectionRead], summary="Your corrections of drives",
            response_description="The corrections, the newest first, undone ones too.",
        )(self.drive_corrections)
        router.post(
            "/v1/drives/corrections", status_code=201, response_model=CorrectionChanged,
            summary="Merge, split or name drives", response_description="The correction's number.",
        )(self.make_drive_correction)
        router.post(
            "/v1/drives/corrections/preview", response_model=DrivesConcerned,
            summary="Which drives a correction would concern", response_description="How many they are.",
        )(self.preview_drive_correction)
        router.delete(
            "/v1/drives/corrections/{correction_id}", response_model=CorrectionChanged,
            summary="Undo a correction of drives", response_description="Its number.",
            responses=openapi.UNKNOWN_CORRECTION,
        )(self.undo_drive_correction)
        # fmt: on
        return router

    async def drives(
        self, granted: OwnerGranted, device: Devices = None, since: Since = None, until: Until = None
    ) -> Response:
        """Return the drives that touch the range.

        At most 10,000. If there are more, `next_from` is the `from` of the rest.
        """
        return await self._page(granted, "drives", device, since, until)

    async def charges(
        self, granted: OwnerGranted, device: Devices = None, since: Since = None, until: Until = None
    ) -> Response:
        """Return the charges that touch the range.

        At most 10,000. If there are more, `next_from` is the `from` of the rest.
        """
        return await self._page(granted, "charges", device, since, until)

    async def drive_readings(
        self,
        granted: OwnerGranted,
        range_: Range,
        device: Annotated[int, Query(description="The car's number.", ge=0, le=2**31 - 1)],
        points: Annotated[int, Query(description="Most steps of time.", ge=10, le=MOST_POINTS)] = MOST_POINTS,
    ) -> Response:
        """Return what a car reported in the range, of a month at most, thinned to means of equal steps of time.

        Speed, engine, temperatures, fuel, battery, power, odometer, and the altitude of its fixes.
        """
        await self._readings.require_device(granted, device)
        length = range_.until - range_.since
        if length > LONGEST_SERIES:
            raise BadParameterError("from and to may be 31 days apart at most.")
        step_s = max(math.ceil(length.total_seconds() / points), 1)
        rows = await self._readings.rows(
            granted, "car_series", device_id=device, since=range_.since, until=range_.until,
            step=timedelta(seconds=step_s),
        )  # fmt: skip
        names = [name for name in (rows[0] if rows else ()) if name != "time"]
        series = {name: [row[name] for row in rows] for name in names}
        return _json({
            "device_id": device, "step_s": step_s, "times": [row["time"] for row in rows],
            "series": {name: values for name, values in series.items() if any(value is not None for value in values)},
        })  # fmt: skip

    async def drive_corrections(
        self,
        granted: OwnerGranted,
        device: Devices = None,
        limit: Annotated[int, Query(description="Most corrections.", ge=1, le=drive_log.MOST_LISTED)] = 1_000,
    ) -> Response:
        """List your corrections of drives, the newest first, undone ones too."""
        devices = asked_devices(granted, device)
        return _json(await self._readings.rows(granted, "list_drive_corrections", devices=devices, most=limit))

    async def preview_drive_correction(self, granted: OwnerGranted, made: DriveCorrectionMade) -> Response:
        """Count the drives that a correction would concern, and change nothing."""
        correction = await self._read(granted, made)
        zone = self._settings.time_zone
        return _json(asdict(await self._run(lambda owner: drive_log.preview(owner, correction, zone))))

    async def make_drive_correction(self, granted: OwnerGranted, made: DriveCorrectionMade) -> Response:
        """Make a correction. Requires the owner's session, and an `Origin` that is the hub's own address."""
        correction = await self._read(granted, made)
        return _json(asdict(await self._run(lambda owner: drive_log.make(owner, correction))), 201)

    async def undo_drive_correction(self, _: OwnerGranted, correction_id: CorrectionId) -> Response:
        """Undo a correction. Requires the owner's session, and an `Origin` that is the hub's own address."""
        return _json(asdict(await self._run(lambda owner: drive_log.undo(owner, correction_id))))

    async def _page(
        self, granted: OwnerGranted, name: str, device: list[int] | None, since: object, until: object
    ) -> Response:
        rows: list[dict[str, Any]] = await self._readings.rows(
            granted, name, devices=asked_devices(granted, device), since=since, until=until, limit=MOST_DRIVES + 1
        )
        rest = rows[MOST_DRIVES]["starts"] if len(rows) > MOST_DRIVES else None
        return _json({"next_from": rest, name: rows[:MOST_DRIVES]})

    async def _read(self, granted: OwnerGranted, made: DriveCorrectionMade) -> DriveCorrection:
        await self._readings.require_device(granted, made.device_id)
        return DriveCorrection(**made.model_dump())

    async def _run(self, work: Callable[[drive_log.Connection], Done]) -> Done:
        def connected() -> Done:
            with connect(owner_conninfo(self._settings, "iot-hub api drives")) as owner:
                return work(owner)

        return await run_in_threadpool(connected)


def _json(content: object, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(content), status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )
