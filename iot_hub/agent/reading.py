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
    """By the machine's clock."""
    properties: Properties
    since_boot: Microseconds | None = None
    """Since the machine started, where that was measured too: it holds if the clock is set meanwhile."""


def reading(source: str, original: object, groups: Properties, at: Microseconds) -> Reading:
    """Make a reading of a source's output. Groups without a value are left out; a value that is None too."""
    known = {name: _without_none(group) for name, group in groups.items()}
    return Reading(at, {**{name: group for name, group in known.items() if group}, source: original})


def line(reading: Reading) -> bytes:
    """Encode a reading in the hub's own format, on one line. Raises ValueError for what is no JSON.

    An integer of microseconds, so that the hub's device time is this one to the last digit.
    """
    return line_of(reading.time, encoded(reading.properties))


def line_of(moment: Microseconds, properties: bytes) -> bytes:
    """Return the line of properties that are encoded already."""
    return b'{"device_timestamp":%d,"properties":%b}' % (moment, properties)


def encoded(properties: Properties) -> bytes:
    """Encode properties. Raises ValueError for what is no JSON."""
    return json.dumps(properties, allow_nan=False, separators=(",", ":")).encode()


def now() -> Microseconds:
    """Return the wall clock's time."""
    return time.time_ns() // 1000


def _without_none(group: Properties | None) -> Properties:
    return {name: value for name, value in (group or {}).items() if value is not None}
