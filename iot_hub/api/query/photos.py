"""The owner's photos over HTTP: a list by time, and small pictures. Nothing of them is published."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from iot_hub.api.query import openapi
from iot_hub.api.query.access import AllGranted
from iot_hub.api.query.errors import UnknownPhotoError
from iot_hub.api.query.models import PhotoRead
from iot_hub.api.query.readings import Readings
from iot_hub.api.query.time_range import Range
from iot_hub.photos import heif
from iot_hub.photos.stand_in import stand_in
from iot_hub.photos.thumbnails import PIXELS, Size, thumbnail
from iot_hub.settings import Settings

PhotoId = Annotated[int, Path(description="The photo's number.", ge=0, le=2**63 - 1)]


class PhotoEndpoints:
    """The endpoints. A file is named by its photo's number alone."""

    def __init__(self, settings: Settings, readings: Readings) -> None:
        self._folder = settings.photos
        self._cache = settings.home / "photos"
        self._readings = readings

    def router(self) -> APIRouter:
        """Return the router of the endpoints."""
        # fmt: off
        router = APIRouter(
            tags=["query"], responses=openapi.ERRORS | openapi.OWNER_ONLY,
            generate_unique_id_function=lambda route: route.name,
        )
        router.get(
            "/v1/photos", response_model=list[PhotoRead], summary="Your photos by time",
            response_description="The photos, oldest first.",
        )(self.photos)
        router.get(
            "/v1/photos/{photo_id}/thumbnail", summary="A photo made smaller", response_class=Response,
            responses=openapi.UNKNOWN_PHOTO | openapi.THUMBNAIL,
        )(self.photo_thumbnail)
        # fmt: on
        return router

    async def photos(
        self,
        granted: AllGranted,
        range_: Range,
        limit: Annotated[int, Query(description="Most photos.", ge=1, le=1_000)] = 500,
    ) -> Response:
        """List the photos of the folder `IOT_HUB_PHOTOS` that were taken in the range."""
        rows = self._folder and await self._readings.rows(
            granted, "photos_of_range", since=range_.since, until=range_.until, limit=limit
        )
        return Response(
            msgspec.json.encode(rows or []), media_type="application/json", headers={"Cache-Control": "no-store"}
        )

    async def photo_thumbnail(
        self,
        granted: AllGranted,
        photo_id: PhotoId,
        size: Annotated[Size, Query(description="`small`: 320 pixels at most; `large`: 1600.")] = "small",
        if_none_match: Annotated[str, Header(include_in_schema=False)] = "",
    ) -> Response:
        """Return a JPEG of the photo, upright, without its EXIF data.

        The hub cannot decode HEIC: of such a file it is an SVG with the file's name.
        """
        files = self._folder and await self._readings.rows(granted, "photo_file", id=photo_id)
        if not self._folder or not files:
            raise UnknownPhotoError(f"There is no photo {photo_id}.")
        path, modified_ns = files[0]["path"], files[0]["modified_ns"]
        # A browser may keep it, but asks each time: after a log-out nothing is shown from its cache.
        headers = {"Cache-Control": "private, no-cache", "ETag": f'"{photo_id}-{modified_ns}-{size}"'}
        if headers["ETag"] in if_none_match:
            return Response(status_code=304, headers=headers)
        picture = await run_in_threadpool(thumbnail, self._cache, self._folder, path, photo_id, modified_ns, size)
        if picture is None and path.lower().endswith(heif.SUFFIXES):
            return Response(stand_in(path, PIXELS[size]), 200, headers, "image/svg+xml")
        if picture is None:
            raise UnknownPhotoError(f"No picture can be made of photo {photo_id}: it is gone, damaged or too large.")
        return Response(picture, 200, headers, "image/jpeg")
