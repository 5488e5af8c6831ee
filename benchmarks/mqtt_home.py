"""What a house full of sensors costs: processor time and how far roll-ups are behind, at one message a minute each."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import mqtt5
import psycopg
from hub_under_test import free_port, hub_command, owner, running, running_database, running_worker, wait_until
from measured import Measured
from mqtt import approved, cpu, descriptions, postgres, publish, running_broker
from progress import say
from psycopg.rows import DictRow
from report import Row
from statements import statement

from iot_hub.access.discovered import add_rule
from iot_hub.ingest.mqtt.status import read_status

SENSORS = 500
PERIOD_S = 60.0
MOST_OF_A_CORE = 0.05
MOST_BEHIND_S = 2.0

NOTES = [
    f"A home: {SENSORS} Zigbee2MQTT sensors, a message a minute each, evenly, through the hub's own Mosquitto: the"
    " receiver, the worker, the broker and PostgreSQL, without visitors. Behind is the age of the oldest hour that"
    " waits to be rolled up, at the worst of one look a second.",
]


def measure(*, quick: bool) -> Measured:
    """Publish for some minutes, and look at what it costs."""
    seconds = 20 if quick else 180
    with running_database() as found, owner(found) as connection:
        settings = found.model_copy(update={"mqtt_port": free_port()})
        add_rule(connection, "zigbee2mqtt", "approve")

        def is_connected() -> bool:
            status = read_status(settings.home)
            return status is not None and status.state == "connected"

        with (
            running_broker(settings) as broker,
            running(hub_command("mqtt"), settings, "mqtt", ready=is_connected) as receiver,
            running_worker(settings) as worker,
        ):
            publish(settings, [descriptions(SENSORS)])
            wait_until(lambda: approved(connection) == SENSORS, 60)
            parts = {"receiver": [receiver.pid], "worker": [worker], "Mosquitto": [broker]}
            before = {name: cpu(pids) for name, pids in parts.items()} | {"PostgreSQL": cpu(postgres(settings))}
            sender = threading.Thread(target=publish, args=[settings, _messages(seconds)])
            sender.start()
            behind = 0.0
            while sender.is_alive():
                time.sleep(1)
                behind = max(behind, _behind(connection))
            after = {name: cpu(pids) for name, pids in parts.items()} | {"PostgreSQL": cpu(postgres(settings))}
    shares = {name: (after[name] - before[name]) / seconds for name in after}
    say(f"{sum(shares.values()):.1%} of a core")
    total = sum(shares.values())
    return Measured(
        [
            Row(f"{SENSORS} sensors, a message a minute each: processor time", f"{total:.1%} of a core",
                reach=f"≤ {MOST_OF_A_CORE:.0%}", reached=total <= MOST_OF_A_CORE),
            *(Row(f"of it: {name}", f"{share:.1%}") for name, share in shares.items()),
            Row("roll-ups behind meanwhile, at worst", f"{behind:.1f} s", reach=f"≤ {MOST_BEHIND_S:g} s",
                reached=behind <= MOST_BEHIND_S),
        ],
        NOTES,
    )  # fmt: skip


def _messages(seconds: float) -> Iterator[bytes]:
    """Yield each sensor's message when it is due."""
    began = time.monotonic()
    for number in range(int(seconds / PERIOD_S * SENSORS)):
        time.sleep(max(0.0, began + number * PERIOD_S / SENSORS - time.monotonic()))
        payload = b'{"temperature":%d.5,"humidity":45,"battery":97,"linkquality":90}' % (number % 40)
        topic = f"zigbee2mqtt/sensor {number % SENSORS}"
        yield mqtt5.PublishPacket(
            topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=number % 65_535 + 1
        ).write()  # fmt: skip


def _behind(connection: psycopg.Connection[DictRow]) -> float:
    row = connection.execute(statement("roll_ups_behind")).fetchone()
    return float(row["seconds"]) if row else 0.0
