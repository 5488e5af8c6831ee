"""Whether a reading reports a position that the hub can't read. It is stored and hidden; its sender is warned.

The database decides what is hidden, by the same rule: location_is_unreadable.sql. Of a number
of more than 60 decimals alone this one judges better.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

GROUPS = frozenset({
    "air", "battery", "body", "climate", "contact", "energy", "event", "light", "machine", "motion", "network", "state",
    "vehicle", "water", "weather",
})  # fmt: skip
"""The catalogue's groups but the location's own: what stands in another is some app's message."""
FIX_KEYS = frozenset({
    "altitude_m", "altitude_msl_m", "bearing", "satellites", "hdop", "mock", "fix_provider", "fix_timestamp",
    "fix_speed_ms", "fix_accuracy_m", "fix_vertical_accuracy_m", "fix_speed_accuracy_ms", "fix_bearing_accuracy",
})  # fmt: skip
"""What may stand beside a position that a receiver did not get."""
_GREENWICH = (0, -360, 360)
"""The longitude 0, which may be written a turn away."""

_POSITION_KEY = re.compile(
    r"latitude|longitude|coordinate|geohash"
    r"|^(loc|location|gps|position|coords?|geo|geometry|geolocation|geopoint|latl(ng|on|ong))\Z"
    r"|(^|[^a-z])(lat|lon|lng)([^a-z]|\Z)",
    re.ASCII | re.IGNORECASE,
)
_NUMBER = re.compile(r"[ \t\n\r\f\v]*[-+]?[0-9]{1,30}(\.[0-9]{0,30})?([eE][-+]?[0-9]{1,2})?[ \t\n\r\f\v]*", re.ASCII)
_CERTAIN = 1e-40
"""A float that is at least so far from a bound is on the same side of it as the number that was written."""

MOST_REMEMBERED = 2_048
"""Longest properties, in bytes, whose keys are remembered."""

_exactly = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode


def location_is_unreadable(properties: Mapping[str, Any], text: bytes) -> bool:
    """Return whether properties, decoded and as their text, hold a position that the hub can't read."""
    location = properties.get("location")
    # Nearly all that have a location: nothing more may be spent on them.
    if type(location) is dict:
        latitude, longitude = location.get("latitude"), location.get("longitude")
        if (
            type(latitude) is float
            and type(longitude) is float
            and _CERTAIN < abs(latitude) < 90
            and _CERTAIN < abs(longitude) < 180
        ):
            return False
        return _is_unreadable(_exactly(text), text)
    return location is not None or _has_position(properties, text)


def _is_unreadable(properties: Mapping[str, Any], text: bytes) -> bool:
    location = properties["location"]
    latitude, longitude = _number(location.get("latitude")), _number(location.get("longitude"))
    if (
        latitude is not None
        and longitude is not None
        and abs(latitude) <= 90
        and abs(longitude) <= 360
        and not (latitude == 0 and longitude in _GREENWICH)
    ):
        return False
    rest = {key: value for key, value in location.items() if value is not None and key not in FIX_KEYS}
    is_unset = rest.keys() == {"latitude", "longitude"} and all(
        type(value) in (int, Decimal) and value == 0 for value in rest.values()
    )
    return (bool(rest) and not is_unset) or _has_position(properties, text)


def _number(value: object) -> Decimal | None:
    """Read a number as number_of() does in SQL."""
    if type(value) is str:
        return Decimal(value.strip(" \t\n\r\f\v")) if _NUMBER.fullmatch(value) else None
    if type(value) is int or type(value) is Decimal:
        found = Decimal(value)
        return found if -found.as_tuple().exponent <= 60 else None  # type: ignore[operator]
    return None


def _has_position(properties: Mapping[str, Any], text: bytes) -> bool:
    """Return whether a position stands under another name, beside the groups or in one of another measurement."""
    # Devices repeat their keys for ever. Very long ones are not worth remembering.
    position_keys = _position_keys if len(text) <= MOST_REMEMBERED else _position_keys.__wrapped__
    for key in position_keys(tuple(properties)):
        if key != "location" and properties[key] is not None:
            return True
    for name, group in properties.items():
        if name in GROUPS and type(group) is dict:
            for key in position_keys(tuple(group)):
                if group[key] is not None:
                    return True
    return False


@lru_cache(maxsize=1024)
def _position_keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in keys if _POSITION_KEY.search(key))
