"""How many messages a second go through the hub's own broker into the database, and what each of them costs."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import mqtt5
import msgspec
import psycopg
from hub_under_test import free_port, hub_command, owner, running, running_database, wait_until
from measured import Measured
from pairs import ratio
from progress import say
from psycopg.rows import DictRow
from report import Row, at_least, per_second
from statements import statement

from iot_hub.access.discovered import add_rule
from iot_hub.files.own_secrets import MQTT_PASSWORD, own_secret
from iot_hub.ingest.mqtt.broker import HUB_USER, socket_of
from iot_hub.ingest.mqtt.status import read_status
from iot_hub.operations import mosquitto
from iot_hub.settings import Settings

COUNTER = Path(__file__).parent / "baselines" / "mqtt_counter.py"
SENSORS = 50
REACH_RATE = 10_000
REACH_RATIO = 0.45
REACH_CPU_US = 20.0
CHUNK = 200

NOTES = [
    "MQTT: states of 1 KB of 50 Zigbee2MQTT sensors, without a time of their own, at QoS 1 from one publisher through"
    " the hub's own Mosquitto. The time runs from the first message published until all are committed; the counter has"
    " the same codec, counts, and acknowledges at once."
    " Pairs in turns, broker and publisher on the same cores. Processor time is of the whole process, in the same run.",
]


@dataclass(frozen=True)
class Run:
    """A run: messages a second, and processor time a message in microseconds, by process."""

    rate: float
    receiver: float = 0.0
    broker: float = 0.0
    database: float = 0.0


def measure(*, quick: bool) -> Measured:
    """Alternate the hub with a counter."""
    count, pairs = (2_000, 1) if quick else (20_000, 5)
    ours: list[Run] = []
    counts: list[float] = []
    with running_database() as found, owner(found) as connection:
        settings = found.model_copy(update={"mqtt_port": free_port()})
        add_rule(connection, "zigbee2mqtt", "approve")
        with running_broker(settings) as broker:
            for number in range(pairs):
                ours.append(_receive(settings, connection, broker, count, number))
                counts.append(_count(settings, count))
                say(f"{ours[-1].rate:,.0f} messages/s stored, {counts[-1]:,.0f} counted")
    found_ratio = ratio([run.rate for run in ours], counts)
    middle = sorted(ours, key=lambda run: run.receiver)[len(ours) // 2]
    return Measured(
        [
            Row(f"Zigbee2MQTT states of 1 KB, acknowledged after the commit, {count:,} of them",
                per_second("messages")(found_ratio.ours), reach=f"≥ {REACH_RATE:,}/s",
                reached=found_ratio.ours >= REACH_RATE),
            at_least("the same against the leanest counter", found_ratio, per_second("messages"), REACH_RATIO),
            Row("processor time of the receiver a message", f"{middle.receiver:.1f} µs",
                reach=f"≤ {REACH_CPU_US:.0f} µs", reached=middle.receiver <= REACH_CPU_US),
            Row("processor time of Mosquitto a message", f"{middle.broker:.1f} µs"),
            Row("processor time of PostgreSQL a message", f"{middle.database:.1f} µs"),
        ],
        NOTES,
    )  # fmt: skip


def _receive(settings: Settings, connection: psycopg.Connection[DictRow], broker: int, count: int, number: int) -> Run:
    packets = _packets(number * count, count)
    started = time.time()

    def is_connected() -> bool:
        status = read_status(settings.home)
        return status is not None and status.state == "connected" and status.written > started

    with running(hub_command("mqtt"), settings, "mqtt", ready=is_connected) as receiver:
        publish(settings, [descriptions()])
        wait_until(lambda: approved(connection) == SENSORS, 60)
        before = _stored(connection)

        def used() -> dict[str, float]:
            return {
                "receiver": cpu([receiver.pid]), "broker": cpu([broker]), "database": cpu(postgres(settings)),
            }  # fmt: skip

        before_cpu = used()
        began = time.monotonic()
        publish(settings, packets)
        wait_until(lambda: _stored(connection) - before >= count, 120)
        took = time.monotonic() - began
        each = {name: (seconds - before_cpu[name]) / count * 1e6 for name, seconds in used().items()}
    return Run(count / took, **each)


def _count(settings: Settings, count: int) -> float:
    password = own_secret(settings.home, MQTT_PASSWORD)
    command = [sys.executable, str(COUNTER), str(socket_of(settings)), password, str(count)]
    packets = _packets(0, count, prefix="bench")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as counter:
        if counter.stdout is None or counter.stdout.readline() != "ready\n":
            raise RuntimeError("the counter did not start")
        began = time.monotonic()
        publish(settings, packets)
        counter.stdout.readline()
        return count / (time.monotonic() - began)


def _packets(first: int, count: int, prefix: str = "zigbee2mqtt") -> list[bytes]:
    """Return the packets in chunks, ready to be sent."""
    padding = b",".join(b'"attribute_%d":%d.5' % (number, number) for number in range(45))
    packets = [
        mqtt5.PublishPacket(
            f"{prefix}/sensor {number % SENSORS}",
            b'{"temperature":21.5,"humidity":45,"battery":97,"linkquality":%d,%b}' % (number, padding),
            qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=number % 65_535 + 1,
        ).write()
        for number in range(first, first + count)
    ]  # fmt: skip
    return [b"".join(packets[start : start + CHUNK]) for start in range(0, count, CHUNK)]


def descriptions(sensors: int = SENSORS) -> bytes:
    """Return what Zigbee2MQTT says of its sensors, kept by the broker."""
    devices = [
        {
            "ieee_address": f"0x{number:016x}", "type": "EndDevice", "friendly_name": f"sensor {number}",
            "definition": {"model": "WSDCGQ11LM", "vendor": "Aqara", "description": "sensor", "exposes": []},
        }
        for number in range(sensors)
    ]  # fmt: skip
    return mqtt5.PublishPacket(
        "zigbee2mqtt/bridge/devices",
        msgspec.json.encode(devices),
        qos=mqtt5.QoS.AT_LEAST_ONCE,
        packet_id=1,
        retain=True,
    ).write()


def publish(settings: Settings, chunks: Iterable[bytes]) -> None:
    """Publish packets over one connection, as fast as they come."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(socket_of(settings)))
        password = own_secret(settings.home, MQTT_PASSWORD).encode()
        connection.sendall(mqtt5.ConnectPacket("bench", username=HUB_USER, password=password, clean_start=True).write())
        # Else the broker could not get rid of its acknowledgements.
        reader = threading.Thread(target=_read_all, args=[connection], daemon=True)
        reader.start()
        for chunk in chunks:
            connection.sendall(chunk)
        connection.sendall(mqtt5.DisconnectPacket().write())
        reader.join(120)


def _read_all(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while connection.recv(1 << 16):
            pass


@contextlib.contextmanager
def running_broker(settings: Settings) -> Iterator[int]:
    """Run the hub's own broker; give its process."""
    command = mosquitto.command(settings, mosquitto.write(settings))
    with running(command, settings, "broker", ready=lambda: mosquitto.answers(settings)) as broker:
        yield broker.pid


def approved(connection: psycopg.Connection[DictRow]) -> int:
    """Return the number of devices that were found and approved."""
    row = connection.execute(statement("count_approved")).fetchone()
    return int(row["n"]) if row else 0


def _stored(connection: psycopg.Connection[DictRow]) -> int:
    row = connection.execute(statement("count_all_events")).fetchone()
    return int(row["n"]) if row else 0


def postgres(settings: Settings) -> list[int]:
    """Return the processes of the hub's PostgreSQL."""
    [first] = (settings.home / "postgresql" / "postmaster.pid").read_text().splitlines()[:1]
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [int(first), *map(int, children)]


def cpu(pids: list[int]) -> float:
    """Return the seconds of processor time that processes have used so far."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
