"""The protocols: pure functions, payload in, events out.

A source takes a payload and its context and returns events, or the reasons why there are none. It reads no clock, no
file, no network. CONTRIBUTING.md says how to add one; its row here gives it a name and an address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from iot_hub.event import ParseResult
from iot_hub.sources import (
    automate,
    gpslogger,
    homeassistant,
    hub,
    osmand,
    overland,
    owntracks,
    sensorlogger,
    termux,
    torque,
    ulogger,
)
from iot_hub.sources.parse_context import ParseContext

Source = Callable[[bytes, ParseContext], list[ParseResult]]

SOURCES: Mapping[str, Source] = {
    "automate": automate.parse,
    "gpslogger": gpslogger.parse,
    "homeassistant": homeassistant.parse,
    "hub": hub.parse,
    "osmand": osmand.parse,
    "overland": overland.parse,
    "owntracks": owntracks.parse,
    "sensorlogger": sensorlogger.parse,
    "termux": termux.parse,
    "torque": torque.parse,
    "ulogger": ulogger.parse,
}

__all__ = ["SOURCES", "ParseContext", "Source"]
