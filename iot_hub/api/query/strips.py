"""What a device measured over a day, the owner's alone: thinned for thin charts."""

from __future__ import annotations

import math
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path
from starlette.responses import Response

from iot_hub.api.query import openapi
from iot_hub.api.query.access import OwnerGranted
from iot_hub.api.query.errors import BadParameterError
from iot_hub.api.query.models import Strips
from iot_hub.api.query.readings import Readings
from iot_hub.api.query.time_range import CLOCKS_AHEAD, DEFAULT_LENGTH, Range

STEPS = 300
"""The most steps in a range: a day has 288, of 5 minutes each."""
UNITS = {"battery": "%", "altitude": "m", "speed": "m/s", "heart_rate": "1/min", "temperature": "°C"}
LONGEST = DEFAULT_LENGTH + CLOCKS_AHEAD

DeviceId = Annotated[int, Path(description="The device's number.", ge=0, le=2**31 - 1)]


class StripEndpoints:
    """The endpoint. It reads raw events, of which others see only what is published."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings

    def router(self) -> APIRouter:
        """Return the router of the endpoint."""
        router = APIRouter(
            tags=["query"], responses=openapi.ERRORS | openapi.OWNER_ONLY,
            generate_unique_id_function=lambda route: route.name,
        )  # fmt: skip
        router.get(
            "/v1/devices/{device_id}/strips", response_model=Strips, summary="Figures of a day, for thin charts",
            response_description="The figures.",
        )(self.strips)  # fmt: skip
        return router

    async def strips(self, granted: OwnerGranted, device_id: DeviceId, range_: Range) -> Response:
        """Return battery level, altitude, speed, heart rate and temperature, as far as the device reports them.

        At most 300 points each, of a range of 8 days at most. Speeds are those that fixes report, or those of the way
        from fix to fix.
        """
        await self._readings.require_device(granted, device_id)
        length = range_.until - range_.since
        if length > LONGEST:
            raise BadParameterError(f"from and to: the range may be {LONGEST.days} days long at most.")
        step_s = step_of(length)
        rows = await self._readings.rows(
            granted, "strips_of_device", device_id=device_id, since=range_.since, until=range_.until, step_s=step_s
        )
        points = {
            figure: [(row["second"], row["least"], row["most"]) for row in of_figure]
            for figure, of_figure in groupby(rows, itemgetter("figure"))
        }
        return _json({
            "device_id": device_id, "from": range_.since, "to": range_.until, "step_s": step_s,
            "strips": [
                {"figure": figure, "unit": unit, "points": points[figure]}
                for figure, unit in UNITS.items() if figure in points
            ],
        })  # fmt: skip


def step_of(length: timedelta) -> int:
    """Return the length of a step in seconds, whole minutes."""
    return 60 * math.ceil(length / timedelta(minutes=1) / STEPS)


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json", headers={"Cache-Control": "no-store"})
