"""Reads the topics that the owner has mapped."""

from __future__ import annotations

from functools import partial

from iot_hub.sources.fields import Groups, truth
from iot_hub.sources.mqtt.events import encode, guarded, local_time_of, reading, received, text_of, value_of
from iot_hub.sources.mqtt.mapping import Mapping, look_up
from iot_hub.sources.mqtt.meaning import NOTHING, Description, Handler, Meaning, Message
from iot_hub.sources.mqtt.protocol import MOST_DEVICES, Protocol
from iot_hub.sources.mqtt.settings import HomeSettings


class Mapped(Protocol):
    """Reads by the owner's mappings. Of several that fit a topic, the first counts."""

    name = "mapping"

    def __init__(self, settings: HomeSettings) -> None:
        super().__init__(settings)
        self._described: dict[str, str] = {}

    def route(self, topic: str) -> Handler | None:
        """Return the reader of a topic that a mapping fits."""
        for mapping in self.settings.mappings:
            levels = mapping.levels_of(topic)
            if levels is not None:
                return partial(self._read, mapping, levels)
        return None

    def _read(self, mapping: Mapping, levels: tuple[str, ...], message: Message) -> Meaning:
        if not message.payload:
            return NOTHING

        def read() -> Meaning:
            payload = value_of(message)
            if mapping.unless is not None and truth(look_up(payload, mapping.unless)):
                return NOTHING
            device = mapping.fill(mapping.device, levels, payload)
            if device is None:
                return NOTHING
            device = f"{mapping.name}/{device}"
            groups: Groups = {}
            for each in mapping.values:
                value = look_up(payload, each.path)
                if value not in each.unknown:
                    each.field.put(value, groups)
            time = look_up(payload, mapping.time) if mapping.time is not None else None
            moment = received(message) if time is None else local_time_of(time, message, self.settings.time_zone)
            original = message.payload if isinstance(payload, dict) else encode({"value": text_of(message)})
            label = mapping.fill(mapping.label, levels, payload) if mapping.label else None
            described: tuple[Description, ...] = ()
            if label and self._described.get(device) != label:
                if len(self._described) >= MOST_DEVICES:
                    self._described.clear()
                self._described[device] = label
                described = (Description(device, self.name, label),)
            return Meaning((reading(mapping.name, device, original, moment, groups),), described)

        return guarded(f"{mapping.name}/{message.topic}", message, read)
