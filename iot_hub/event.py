"""The only thing that travels through the hub: an event, or the reason why there is none."""

from __future__ import annotations

from typing import Literal

import msgspec

from iot_hub.timestamps import Microseconds

TimeSource = Literal["measured", "message", "rollover", "batch", "received"]
"""What an event's time is known by: sources/event_time.py says what each means."""

EventWarning = Literal["location_unreadable", "repaired"]


class Event(msgspec.Struct, frozen=True, gc=False):
    """One reading of one device at one device time.

    ``device`` is what the payload calls the device: a device's own token overrules it, and among those
    of a gateway it says which one is meant. ``properties`` is the text of a JSON object, as it came.
    ``warning`` is what its sender should fix, though the event is stored.
    """

    device: int | str | None
    device_time: Microseconds
    properties: bytes
    source: str
    time_source: TimeSource = "measured"
    warning: EventWarning | None = None


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """A part of a payload that can't be stored: which part, its bytes, and the reason's code."""

    index: int
    payload: bytes
    reason: str


ParseResult = Event | Rejected
"""What a part of a payload is read as."""
