"""The receiver's half behind the connection, with a real database: messages go in, events and devices come out."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from events import Connection, rows

from iot_hub.ingest.mqtt.home import Home
from iot_hub.ingest.mqtt.message import Message
from iot_hub.ingest.mqtt.metrics import ReceiverMetrics
from iot_hub.ingest.mqtt.process import delivery_of, home_of, tokens_of
from iot_hub.ingest.mqtt.receive_times import ReceiveTimes
from iot_hub.ingest.mqtt.receiver import MessageReceiver
from iot_hub.ingest.mqtt.status import folder
from iot_hub.settings import Settings

EVENTS = "SELECT * FROM iot_personal_hub.raw_devices_properties ORDER BY device_time, id"
DISCOVERED = "SELECT * FROM iot_personal_hub.discovered_devices ORDER BY identity"
HELD = "SELECT * FROM iot_personal_hub.held_messages ORDER BY id"
SENSOR = "0x00158d0001a2b3c4"
IDENTITY = SENSOR


class HomeWorld:
    """A receiver without a broker."""

    def __init__(self, receiver: MessageReceiver, home: Home, owner: Connection) -> None:
        self.receiver = receiver
        self.home = home
        self.owner = owner
        self._number = 0

    async def receive(self, topic: str, payload: object, *, retained: bool = False) -> None:
        """Receive a message as the connection hands it over; it is safe when this returns."""
        self._number += 1
        body = payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()
        await self.receiver.receive([Message(topic, body, retained, packet_id=self._number)])

    def rows(self, statement: str) -> list[dict[str, Any]]:
        return rows(self.owner, statement)

    @property
    def temperatures(self) -> list[float]:
        return [row["properties"]["climate"]["temperature_C"] for row in self.rows(EVENTS)]

    def status(self, identity: str = IDENTITY) -> str | None:
        return next((row["status"] for row in self.rows(DISCOVERED) if row["identity"] == identity), None)


@contextlib.asynccontextmanager
async def running_home(settings: Settings, owner: Connection) -> AsyncIterator[HomeWorld]:
    """Run the receiver's parts."""
    async with (
        delivery_of(settings) as delivery,
        tokens_of(settings, None) as tokens,
        home_of(settings, delivery) as home,
    ):
        times = ReceiveTimes(folder(settings.home) / "receive-times")
        receiver = MessageReceiver(
            delivery=delivery, tokens=tokens, home=home.messages, discovery=home.discovery, times=times,
            zone=settings.zone, most_items=1_000, metrics=ReceiverMetrics(Path(settings.home)),
        )  # fmt: skip
        yield HomeWorld(receiver, home, owner)
        times.close()


def described(name: str = "living room", model: str = "WSDCGQ11LM") -> list[dict[str, Any]]:
    """What Zigbee2MQTT says of its devices."""
    definition = {"model": model, "vendor": "Aqara", "description": "sensor", "exposes": []}
    return [{"ieee_address": SENSOR, "type": "EndDevice", "friendly_name": name, "definition": definition}]
