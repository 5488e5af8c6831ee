"""What a program prints as JSON: an object, an array of objects, or objects one after the other."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from iot_hub.agent.errors import SensorError

JsonObject = dict[str, Any]


def objects(printed: str) -> list[JsonObject]:
    """Read every object. Raises SensorError where there is something else."""
    decoder = json.JSONDecoder(parse_constant=_refuse)
    found: list[Any] = []
    rest = printed.strip()
    try:
        while rest:
            value, end = decoder.raw_decode(rest)
            found += value if isinstance(value, list) else [value]
            rest = rest[end:].lstrip()
    except (ValueError, RecursionError) as error:
        raise SensorError("printed something else than JSON") from error
    if not all(isinstance(value, dict) for value in found):
        raise SensorError("printed JSON that is no object")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity are no JSON, and no measurement.
