"""Phones over MQTT: OwnTracks and Sensor Logger send the same messages as over HTTP, and the same parsers read them.

Facts: owntracks.org/booklet, "MQTT topics"; tszheichoi/awesome-sensor-logger, PUSHING.md. OwnTracks' device is the
topic ``owntracks/USER/DEVICE``, with a level more for what is no location; a last will comes under the device's own
topic.
"""

from __future__ import annotations

from functools import partial

from iot_hub.errors import TooManyItemsError
from iot_hub.event import Event, ParseResult, Rejected
from iot_hub.sources import owntracks, sensorlogger
from iot_hub.sources.mqtt.events import context_of
from iot_hub.sources.mqtt.meaning import NOTHING, Availability, Handler, Meaning, Message, Reading
from iot_hub.sources.mqtt.protocol import MOST_DEVICES, Protocol
from iot_hub.sources.mqtt.settings import HomeSettings
from iot_hub.sources.storable import reason_of

_OFFLINE = b'"availability":"offline"'


class OwnTracks(Protocol):
    """Reads phones with OwnTracks."""

    name = "owntracks"

    def __init__(self, settings: HomeSettings) -> None:
        super().__init__(settings)
        self._offline: set[str] = set()

    def route(self, topic: str) -> Handler | None:
        """Return the reader of a device's topic."""
        levels = topic.removeprefix("/").split("/")
        if levels[0] != "owntracks" or len(levels) < 3 or "" in levels[1:3]:
            return None
        return partial(self._read, "/".join(levels[1:3]))

    def _read(self, phone: str, message: Message) -> Meaning:
        device = f"owntracks/{phone}"
        key = self.settings.keys.get(phone) or self.settings.keys.get("")
        results = owntracks.parse(message.payload, context_of(message, self.settings.time_zone, key))
        if not results:
            return NOTHING
        availability: tuple[Availability, ...] = ()
        if any(isinstance(each, Event) and _OFFLINE in each.properties for each in results):
            if len(self._offline) < MOST_DEVICES:
                self._offline.add(device)
            availability = (Availability(device, "offline"),)
        elif device in self._offline and not message.retained:
            self._offline.discard(device)
            availability = (Availability(device, "online"),)
        return Meaning(tuple(Reading(device, each) for each in results), availability=availability)


class SensorLogger(Protocol):
    """Reads phones with Sensor Logger."""

    name = "sensorlogger"

    def route(self, topic: str) -> Handler | None:
        """Return the reader of the app's topic."""
        return self._read if topic in self.settings.sensorlogger_topics else None

    def _read(self, message: Message) -> Meaning:
        results: list[ParseResult]
        try:
            results = sensorlogger.parse(message.payload, context_of(message, self.settings.time_zone))
        except TooManyItemsError:
            results = [Rejected(0, message.payload, "too_many_values")]
        except (RecursionError, ValueError) as error:
            results = [Rejected(0, message.payload, reason_of(error))]
        return Meaning(tuple(Reading(_phone(each, message), each) for each in results))


def _phone(result: ParseResult, message: Message) -> str:
    known = result.device if isinstance(result, Event) else None
    return f"sensorlogger/{known or message.topic}"
