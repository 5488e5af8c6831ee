"""A whole hub with its own broker, as ``iot-hub up`` runs it."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from events import rows
from hub_process import Hub, free_port, running_hub
from waiting import wait_until

from chaos.mqtt_publisher import Publisher, RefusedError
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

pytestmark = [pytest.mark.hub, pytest.mark.timeout(180)]


def test_a_device_publishes_while_the_hub_reloads_and_the_broker_stays() -> None:
    port = free_port()
    with running_hub(IOT_HUB_MQTT_PORT=str(port)) as hub:
        device = json.loads(hub.command("device", "add", "plug", "--type", "sensor", "--json").stdout)
        where, user, token = ("127.0.0.1", port), str(device["id"]), device["token"]
        wait_until(lambda: lets_in(where, user, token))
        broker = pid_of(hub.children(), "mosquitto")
        with Publisher(where, user, token) as publisher:
            publisher.publish([(f"iot-hub/{user}/events", reading(1))])
            hub.command("reload")
            # The receiver was away, and the device went on: QoS 0 too.
            publisher.publish([(f"iot-hub/{user}/events", reading(2))], qos=0)
            wait_until(lambda: stored(hub) == 2)
            assert not publisher.is_cut_off.is_set()
        assert pid_of(hub.children(), "mosquitto") == broker
        found = hub.command("doctor", "--json", check=False).stdout
        assert '"mqtt"' in found
        assert "No connection to the broker" not in found
        assert "iot_hub_mqtt_messages_total" in hub.metrics().text
        hub.process.send_signal(signal.SIGINT)
        assert hub.process.wait(60) == 0


def reading(number: int) -> bytes:
    return b'{"device_timestamp":%d,"properties":{"count":{"n":%d}}}' % (1_755_861_753 + number, number)


def stored(hub: Hub) -> int:
    settings = Settings(home=Path(hub.environment["IOT_HUB_HOME"]), database_url=None)
    with connect(owner_conninfo(settings, "tests")) as owner:
        return int(rows(owner, "SELECT count(*) AS n FROM iot_personal_hub.raw_devices_properties")[0]["n"])


def pid_of(children: dict[int, str], name: str) -> int:
    return next(pid for pid, line in children.items() if line.split(" ")[0].endswith(name))


def lets_in(where: tuple[str, int], user: str, password: str) -> bool:
    try:
        with Publisher(where, user, password):
            return True
    except (RefusedError, OSError):
        return False
