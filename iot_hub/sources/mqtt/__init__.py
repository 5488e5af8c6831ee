"""What arrives over MQTT: messages in their order in; readings, descriptions and availability out. Pure."""

from iot_hub.sources.mqtt.meaning import Availability, Description, Entity, Meaning, Message, Reading
from iot_hub.sources.mqtt.reader import PROTOCOLS, HomeReader
from iot_hub.sources.mqtt.settings import HomeSettings

__all__ = [
    "PROTOCOLS",
    "Availability",
    "Description",
    "Entity",
    "HomeReader",
    "HomeSettings",
    "Meaning",
    "Message",
    "Reading",
]
