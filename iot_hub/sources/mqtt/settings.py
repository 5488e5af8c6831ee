"""What the owner has said about the home: how topics begin, keys, time zone, mappings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo

import msgspec

from iot_hub.sources.mqtt.mapping import Mapping as GenericMapping


class HomeSettings(msgspec.Struct, frozen=True):
    """Settings of a HomeReader. Each has the default of its protocol."""

    time_zone: tzinfo = UTC
    """The zone of times without offset: Tasmota and rtl_433 send local times."""
    keys: Mapping[str, str] = {}
    """Keys by device: BTHome's bind keys by MAC, OwnTracks' by ``user/device``. The key of ``""`` is for all others."""
    mappings: tuple[GenericMapping, ...] = ()
    """The owner's mappings. They come before every protocol."""
    zigbee2mqtt_topics: tuple[str, ...] = ("zigbee2mqtt",)
    """Base topics of Zigbee2MQTT; others are learned by their ``bridge/…`` topics."""
    statestream_topics: tuple[str, ...] = ()
    """Base topics of Home Assistant's statestream, where they can't be learned."""
    discovery_topics: tuple[str, ...] = ("homeassistant",)
    """Prefixes of Home Assistant's discovery."""
    sensorlogger_topics: tuple[str, ...] = ("sensor-logger",)
