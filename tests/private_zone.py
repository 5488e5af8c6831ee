"""A private area, and fixes around it."""

from __future__ import annotations

import json
import math
from typing import Any

NOON = 1755864000


MINUTE = 60


METRE = 1 / 111_195
"""In degrees of latitude."""


LATITUDE, LONGITUDE = 52.23, 21.01


def square(latitude: float = LATITUDE, longitude: float = LONGITUDE, half: float = 50 * METRE) -> bytes:
    """A square around a place, as GeoJSON."""
    west, east = (
        longitude - half / math.cos(math.radians(latitude)),
        longitude + half / math.cos(math.radians(latitude)),
    )
    south, north = latitude - half, latitude + half
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]}).encode()


def fix(north_m: float, east_m: float = 0, **others: Any) -> dict[str, Any]:
    """An event at a place so many metres from the middle of home."""
    longitude = LONGITUDE + east_m * METRE / math.cos(math.radians(LATITUDE))
    return {
        "location": {"latitude": LATITUDE + north_m * METRE, "longitude": longitude, "fix_accuracy_m": 5},
        "battery": {"remaining_percent": 50},
        **others,
    }
