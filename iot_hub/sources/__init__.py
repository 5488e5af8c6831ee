"""The protocols: pure functions, payload in, events out.

A source takes a payload and its circumstances and gives events, or the reasons why there are
none. It reads no clock, no file, no network. To add one: a module with a ``parse`` function, its
fixtures and tests, and its line in ``SOURCES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from iot_hub.event import Parsed
from iot_hub.sources import automate, gpslogger, homeassistant, hub, osmand, overland, owntracks, sensorlogger, termux
from iot_hub.sources.circumstances import Circumstances

Source = Callable[[bytes, Circumstances], Parsed]

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
}

__all__ = ["SOURCES", "Circumstances", "Source"]
