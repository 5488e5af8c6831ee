"""What a message of the home is to the hub: events of its devices, rejects, or something to wait for."""

from __future__ import annotations

import msgspec

from iot_hub.event import Event, Rejected
from iot_hub.ingest.batch import StoredEvent
from iot_hub.ingest.mqtt.discovery import IGNORED, Discovery, is_identity, whole_of
from iot_hub.sources.mqtt import HomeReader
from iot_hub.sources.mqtt.meaning import Meaning, Message


class HomeResult(msgspec.Struct):
    """What one message became."""

    meaning: Meaning
    events: list[StoredEvent]
    rejected: list[tuple[int | None, Rejected]]
    """With the device, where it is known."""
    waits_for: str | None = None
    """The identity that somebody has to decide about."""
    has_own_time: bool = True
    """Whether every event says itself when it was measured."""


class HomeMessages:
    """Reads messages for the devices that the owner has approved."""

    def __init__(self, reader: HomeReader, discovery: Discovery) -> None:
        """Read by a reader, for the devices of a discovery."""
        self._reader = reader
        self._discovery = discovery

    def read(self, message: Message) -> HomeResult:
        """Return what a message becomes."""
        meaning = self._reader.read(message)
        result = HomeResult(meaning, [], [])
        device_of = self._discovery.device_of
        for reading in meaning.readings:
            device, found = device_of(reading.device), reading.result
            if device == IGNORED:
                continue
            if not isinstance(found, Event):
                result.rejected.append((device, found))
                continue
            if found.time_source != "measured":
                result.has_own_time = False
            if device is not None:
                result.events.append(StoredEvent(device, found.device_time, found.properties, found.source))
            elif is_identity(reading.device):
                result.waits_for = result.waits_for or whole_of(reading.device)
            else:
                result.rejected.append((None, Rejected(0, message.payload, "not_storable")))
        return result
