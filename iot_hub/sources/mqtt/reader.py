"""Reads all messages of a home, in the order in which they arrive.

Each protocol says which topics are its own; the first that does reads them, so the order below is their rank: what
the owner has mapped comes first, a protocol with topics of its own before Home Assistant's discovery, which describes
many of the same devices. A device has one reading of a message, whoever else describes it.

How devices describe themselves stays in the reader. It can be dumped and restored: a process that starts again knows
it without the broker's retained messages. A reading that the broker repeats is no new one, unless it has a time of
its own, by which it is known.
"""

from __future__ import annotations

import msgspec

from iot_hub.event import Event
from iot_hub.sources.mqtt.apps import OwnTracks, SensorLogger
from iot_hub.sources.mqtt.discovery import Discovery
from iot_hub.sources.mqtt.esphome import Esphome
from iot_hub.sources.mqtt.mapped import Mapped
from iot_hub.sources.mqtt.meaning import NOTHING, UNDESCRIBED, Handler, Meaning, Message, Reading
from iot_hub.sources.mqtt.own_topics import is_own
from iot_hub.sources.mqtt.protocol import Protocol, dump
from iot_hub.sources.mqtt.rtl433 import Rtl433
from iot_hub.sources.mqtt.settings import HomeSettings
from iot_hub.sources.mqtt.shelly import Shelly
from iot_hub.sources.mqtt.statestream import Statestream
from iot_hub.sources.mqtt.tasmota import Tasmota
from iot_hub.sources.mqtt.teslamate import TeslaMate
from iot_hub.sources.mqtt.theengs import Theengs
from iot_hub.sources.mqtt.zigbee2mqtt import Zigbee2Mqtt

PROTOCOLS = frozenset(
    each.name
    for each in (
        Zigbee2Mqtt, OwnTracks, SensorLogger, TeslaMate, Theengs, Rtl433, Tasmota, Shelly, Discovery, Statestream,
        Esphome,
    )
) | {"bthome"}  # fmt: skip
"""The names under which messages are kept, but for those of the owner's mappings."""

MOST_TOPICS = 50_000
"""Topics whose readers are known at once."""


class HomeReader:
    """Turns messages into readings, descriptions and availability. Not safe for several threads."""

    def __init__(self, settings: HomeSettings | None = None) -> None:
        settings = settings or HomeSettings()
        zigbee = Zigbee2Mqtt(settings)
        native: list[Protocol] = [
            Mapped(settings),
            zigbee,
            OwnTracks(settings),
            SensorLogger(settings),
            TeslaMate(settings),
            Theengs(settings),
            Rtl433(settings),
            Tasmota(settings),
            Shelly(settings),
        ]
        discovery = Discovery(
            settings,
            is_native=lambda topic: any(each.route(topic) for each in native),
            learn_address=zigbee.learn,
        )
        self._protocols = [*native, discovery, Statestream(settings), Esphome(settings, discovery)]
        self._routes: dict[str, Handler] = {}

    def read(self, message: Message) -> Meaning:
        """Return what a message means. Never raises for what a message holds."""
        handler = self._routes.get(message.topic) or self._route(message.topic)
        meaning = handler(message)
        if meaning.has_taught:
            self._routes.clear()
        return _repeated(meaning) if message.retained and meaning.readings else meaning

    def dump(self) -> bytes:
        """Return what was learned of the home, as JSON."""
        known = {each.name: each.knowledge() for each in self._protocols}
        return dump({name: knowledge for name, knowledge in known.items() if knowledge is not None})

    def restore(self, dumped: bytes) -> None:
        """Restore what was learned before. Raises msgspec.DecodeError for what is no dump."""
        known = msgspec.json.decode(dumped, type=dict[str, msgspec.Raw])
        for each in self._protocols:
            if each.name in known:
                each.restore(bytes(known[each.name]))
        self._routes.clear()

    def _route(self, topic: str) -> Handler:
        if len(self._routes) >= MOST_TOPICS:
            self._routes.clear()
        # Topics of the broker's own are no device's (MQTT 5, 4.7.2).
        handler = _nothing if topic.startswith("$") or is_own(topic) else self._first(topic)
        self._routes[topic] = handler
        return handler

    def _first(self, topic: str) -> Handler:
        for protocol in self._protocols:
            handler = protocol.route(topic)
            if handler is not None:
                return handler
        return _undescribed


def _repeated(meaning: Meaning) -> Meaning:
    return msgspec.structs.replace(meaning, readings=tuple(each for each in meaning.readings if _is_dated(each)))


def _is_dated(reading: Reading) -> bool:
    return isinstance(reading.result, Event) and reading.result.time_source == "measured"


def _nothing(message: Message) -> Meaning:
    return NOTHING


def _undescribed(message: Message) -> Meaning:
    return UNDESCRIBED if message.payload else NOTHING
