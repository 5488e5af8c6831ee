"""A state of Home Assistant as its history has it: an entity, a state, attributes, a time.

Facts: home-assistant/core, components/recorder/db_schema.py and components/history; components/device_tracker. What a
state says of a place is a fix only of a tracker or a person: zones, the weather and earthquakes have places, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from iot_hub import sentinels
from iot_hub.event import Event
from iot_hub.properties.groups import EventDetails, Network
from iot_hub.sources.canonical import (
    Battery,
    Timestamp,
    build_checked_event,
    make_location,
    text,
)
from iot_hub.sources.homeassistant import state_groups

SOURCE = "homeassistant"

_TRACKERS = ("device_tracker.", "person.")
_OFFLINE = "unavailable"
_encode = msgspec.json.Encoder().encode


def state_event(entity: str, state: object, attributes: Mapping[str, Any], moment: Timestamp, original: bytes) -> Event:
    """Build the event of a state."""
    groups = state_groups(entity, state, attributes.get("unit_of_measurement"), attributes)
    if entity.startswith(_TRACKERS):
        groups["location"] = make_location(
            attributes.get("latitude"),
            attributes.get("longitude"),
            altitude_m=sentinels.altitude(attributes.get("altitude")),
            bearing=sentinels.bearing(attributes.get("course")),
            fix_speed_ms=sentinels.speed(attributes.get("speed")),
            fix_accuracy_m=sentinels.accuracy(attributes.get("gps_accuracy")),
            fix_vertical_accuracy_m=sentinels.accuracy(attributes.get("vertical_accuracy")),
        )
        groups["battery"] = Battery(remaining_percent=sentinels.battery(attributes.get("battery_level")))
        # A zone's name is an address: among the events, which are not published.
        groups["event"] = EventDetails(place=None if state in (_OFFLINE, "unknown") else text(state))
        groups["state"] = None
    if state == _OFFLINE:
        groups["network"] = Network(availability="offline")
    return build_checked_event(SOURCE, original, moment, device=entity, **groups)
