"""One reading: what a sensor returned at one moment, and the exact bytes that are sent."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from iot_hub.timestamps import Microseconds

Properties = Mapping[str, Any]


class Reading(NamedTuple):
    """Properties by the hub's own names, and under the source's name its output as it came."""

    time: Microseconds
    properties: Properties


def reading(source: str, original: object, groups: Properties, at: Microseconds) -> Reading:
    """Make a reading of a source's output. Groups without a value are left out; a value that is None too."""
    known = {name: _without_none(group) for name, group in groups.items()}
    return Reading(at, {**{name: group for name, group in known.items() if group}, source: original})


def line(reading: Reading) -> bytes:
    """Encode a reading in the hub's own format, on one line. Raises ValueError for what is no JSON.

    An integer of microseconds, so that the hub's device time is this one to the last digit.
    """
    message = {"device_timestamp": reading.time, "properties": reading.properties}
    return json.dumps(message, allow_nan=False, separators=(",", ":")).encode()


def now() -> Microseconds:
    """Return the wall clock's time."""
    return time.time_ns() // 1000


def _without_none(group: Properties | None) -> Properties:
    return {name: value for name, value in (group or {}).items() if value is not None}
