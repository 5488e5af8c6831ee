"""How vector tiles are answered."""

from __future__ import annotations

import hashlib

from starlette.responses import Response

from iot_hub.api.query.errors import UnknownTileError

TILE = "application/vnd.mapbox-vector-tile"
DEEPEST_ZOOM = 22


def require_tile(z: int, x: int, y: int, deepest_zoom: int = DEEPEST_ZOOM) -> None:
    """Check that there is such a tile. Raises UnknownTileError."""
    if not 0 <= z <= deepest_zoom or not (0 <= x < 1 << z and 0 <= y < 1 << z):
        raise UnknownTileError(
            f"There is no such tile: z is 0 to {deepest_zoom}, x and y are less than 2 to the power of z."
        )


def tile_response(tile: bytes, if_none_match: str) -> Response:
    """Return a tile; 204 where there is nothing in it, 304 where the browser has it already."""
    # A browser may keep it, but asks each time: after a log-out nothing is shown from its cache.
    headers = {"Cache-Control": "private, no-cache", "ETag": f'"{hashlib.sha256(tile).hexdigest()[:16]}"'}
    if headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(tile, 200, headers, TILE) if tile else Response(status_code=204, headers=headers)
