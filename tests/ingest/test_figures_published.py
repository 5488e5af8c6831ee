"""The hub's figures at a real broker: what is published is there, and nothing else; what is withdrawn is gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from typing import Any

import mqtt5
import pytest
from events import Connection, add_device, refresh, store
from hub_process import free_port
from private_zone import fix, square
from started import needs
from waiting import until

from chaos.mqtt_parts import running_broker
from iot_hub.access.devices import set_published
from iot_hub.ingest.mqtt.broker import broker_of
from iot_hub.ingest.mqtt.connection import Connection as BrokerConnection
from iot_hub.ingest.mqtt.figures import Figures
from iot_hub.ingest.mqtt.home_assistant import FigureMessage
from iot_hub.ingest.mqtt.message import Message
from iot_hub.ingest.mqtt.publisher import Publisher
from iot_hub.ingest.mqtt.status import folder
from iot_hub.privacy.areas import add_area
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.timeout(120)]

LAST = "marker"


async def kept_by_the_broker(settings: Settings) -> dict[str, Any]:
    """Subscribe to everything, as Home Assistant would, and return what the broker has kept."""
    found: dict[str, bytes] = {}
    broker = broker_of(settings)

    async def deliver(messages: Sequence[Message]) -> None:
        found.update({each.topic: each.payload for each in messages})

    hello = mqtt5.ConnectPacket("", username=broker.user, password=str(broker.password).encode(), clean_start=True)
    connection = await broker.connect(lambda: BrokerConnection(hello, deliver, lambda topic, payload: None))
    await connection.welcome
    await connection.subscribe(1, [mqtt5.TopicFilter("#", max_qos=mqtt5.QoS.AT_LEAST_ONCE)])
    publisher = Publisher(broker)
    await publisher.publish([FigureMessage(LAST, b"0", retain=False)])
    await until(lambda: LAST in found)
    publisher.close()
    connection.hang_up()
    await connection.until_safe()
    del found[LAST]
    return {topic: payload if topic.endswith("status") else json.loads(payload) for topic, payload in found.items()}


def test_published_devices_are_at_the_broker_masked_and_gone_when_withdrawn(
    settings: Settings, owner: Connection
) -> None:
    needs("hub")
    settings = settings.model_copy(update={"mqtt_port": free_port(), "mqtt_publish": "locations"})
    now = time.time()
    add_device(owner, 1, "Car")
    add_device(owner, 2, "Bedroom", "sensor", published=False)
    add_area(owner, "home", square(), 200)
    # Away, hours ago; then at home until now.
    away = [(now - 6 * 3600 + 60 * n, fix(20_000 + n, climate={"temperature_C": 20 + n})) for n in range(3)]
    for _, event in away:
        event["location"]["altitude_m"] = 240
    home = [(now - 3 * 3600 + 60 * n, fix(0, climate={"temperature_C": 30})) for n in range(170)]
    store(owner, *away, *home, device_id=1)
    store(owner, (now - 60, {"climate": {"temperature_C": 19}, "air": {"co2_ppm": 800}}), device_id=2)
    refresh(owner)

    async def play(settings: Settings) -> dict[str, Any]:
        with contextlib.closing(Figures(settings, broker_of(settings), folder(settings.home))) as figures:
            await figures.publish()
            await figures.publish()
            return await kept_by_the_broker(settings)

    with running_broker(settings):
        found = asyncio.run(play(settings))
        assert sorted(found) == [
            "homeassistant/device/iot_hub_1/config", "iot_hub_figures/1", "iot_hub_figures/1/location",
            "iot_hub_figures/status",
        ]  # fmt: skip
        assert found["iot_hub_figures/1"]["hour"]["climate.temperature_C"]["max"] == 22
        assert found["iot_hub_figures/1/location"]["latitude"] > 52.4
        assert "location.altitude" in found["iot_hub_figures/1"]["hour"]
        without = asyncio.run(play(settings.model_copy(update={"mqtt_publish": "figures"})))
        assert without.keys() == found.keys() - {"iot_hub_figures/1/location"}
        assert "location" not in str(without["iot_hub_figures/1"])
        set_published(owner, 1, published=False)
        assert list(asyncio.run(play(settings))) == ["iot_hub_figures/status"]
        # Also of what an earlier process published.
        assert asyncio.run(play(settings.model_copy(update={"mqtt_publish": "no"}))) == {}


def test_the_broker_says_offline_when_the_hub_is_gone(settings: Settings, owner: Connection) -> None:
    needs("hub")
    settings = settings.model_copy(update={"mqtt_port": free_port(), "mqtt_publish": "figures"})

    async def comes_and_goes() -> None:
        figures = asyncio.create_task(Figures(settings, broker_of(settings), folder(settings.home)).run())
        while (await kept_by_the_broker(settings)).get("iot_hub_figures/status") != b"online":
            await asyncio.sleep(0.02)
        figures.cancel()
        while (await kept_by_the_broker(settings)).get("iot_hub_figures/status") != b"offline":
            await asyncio.sleep(0.02)

    with running_broker(settings):
        asyncio.run(asyncio.wait_for(comes_and_goes(), 60))
