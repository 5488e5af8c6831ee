"""``python -m chaos.mqtt_flood``: floods the receiver with malformed messages, good readings among them.

Messages of real devices come damaged, under one another's topics and under topics that nobody knows, and name new
devices all the time. Every good reading must be stored once, the receiver's memory and the tables that keep what is
not understood bounded, and nothing may be left unacknowledged.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from chaos.malformed import BROKEN
from chaos.mqtt_database import running_database
from chaos.mqtt_parts import Receiver, resident, running_broker
from chaos.statements import statement
from chaos.waiting import wait_for
from iot_hub.access.devices import add_device
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.ingest.mqtt.discovery import MOST_STRANGERS
from iot_hub.settings import Settings

RECORDED = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "mqtt"
FIRST_TIME = 1_750_000_000
BURST = 50
GOOD_EACH = 10
"""One message in this many is a good reading."""
MOST_WAITING = 20_000
HOLDING_BYTES = 20_000_000
LONGEST_TOPIC = 60_000


@dataclass
class Flood:
    """What came of a flood."""

    messages: int = 0
    good: int = 0
    good_stored: int = 0
    good_times: int = 0
    quarantined: int = 0
    discovered: int = 0
    held: int = 0
    held_bytes: int = 0
    memory_before: int = 0
    memory_after: int = 0
    seconds: float = 0.0

    @property
    def violations(self) -> list[str]:
        """What was not as it is promised."""
        found = []
        if self.good_stored != self.good or self.good_times > 1:
            found.append(f"{self.good} good readings, {self.good_stored} stored, up to {self.good_times} times")
        if self.discovered > MOST_STRANGERS:
            found.append(f"{self.discovered} devices are known")
        if self.held_bytes > HOLDING_BYTES * 1.25:
            found.append(f"{self.held_bytes / 1e6:.1f} MB of messages are held")
        if self.memory_after > self.memory_before + 60_000_000:
            found.append(f"the receiver grew from {self.memory_before / 1e6:.0f} to {self.memory_after / 1e6:.0f} MB")
        return found

    def __str__(self) -> str:
        return (
            f"{self.messages} messages in {self.seconds:.0f} s, {self.good_stored} of {self.good} good readings stored"
            f" once; {self.quarantined} in quarantine, {self.discovered} devices found, {self.held} messages held"
            f" ({self.held_bytes / 1e6:.1f} MB); receiver {self.memory_before / 1e6:.0f} MB before,"
            f" {self.memory_after / 1e6:.0f} MB at most"
        )


def flood(settings: Settings, owner: psycopg.Connection[Any], *, count: int, seed: int) -> Flood:
    """Flood a receiver, and return what came of it."""
    device_id, _ = add_device(owner, "good", "sensor")
    found = Flood()
    dice = Random(seed)
    receiver = Receiver(settings, IOT_HUB_MQTT_HOLDING_BYTES=str(HOLDING_BYTES))
    try:
        with running_broker(settings) as broker, broker.publisher() as publisher:
            receiver.start()
            publisher.publish([recorded for recorded, _ in zip(_recorded(), range(500), strict=False)])
            time.sleep(2)
            found.memory_before = resident(receiver.pid)
            began = time.monotonic()
            sent = publisher.acknowledged
            bad = _malformed(dice)
            while found.messages < count:
                burst = []
                for _ in range(BURST):
                    found.messages += 1
                    if found.messages % GOOD_EACH:
                        burst.append(next(bad))
                    else:
                        found.good += 1
                        reading = {
                            "device_timestamp": FIRST_TIME + found.good,
                            "properties": {"count": {"n": found.good}},
                        }
                        burst.append((f"iot-hub/{device_id}/events", json.dumps(reading).encode()))
                publisher.publish(burst)
                # The broker must not run out of its memory: that is another fault.
                wait_for(
                    lambda: found.messages - publisher.acknowledged + sent < MOST_WAITING, 300, "The broker keeps up"
                )
                if found.messages % (BURST * 200) == 0:
                    wait_for(lambda: _waiting(receiver) < MOST_WAITING, 300, "The receiver keeps up")
            wait_for(lambda: _stored(owner, device_id)[0] >= found.good, 300, "Every good reading is stored")
            wait_for(lambda: _waiting(receiver) == 0, 300, "Everything is acknowledged")
            found.seconds = time.monotonic() - began
            found.memory_after = resident(receiver.pid)
            receiver.stop()
    finally:
        receiver.kill()
    found.good_stored, found.good_times = _stored(owner, device_id)
    [row] = owner.cursor(row_factory=tuple_row).execute(statement("mqtt_flood_counts")).fetchall()
    _, found.quarantined, found.discovered, found.held, found.held_bytes = row
    return found


def _reading(number: int) -> bytes:
    return b'{"device_timestamp":%d,"properties":{"count":{"n":%d}}}' % (FIRST_TIME + number, number)


def _recorded() -> Iterator[tuple[str, bytes]]:
    for path in sorted(RECORDED.glob("*.mqtt.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            message = json.loads(line)
            if "topic" in message:
                yield message["topic"], message["payload"].encode()


def _malformed(dice: Random) -> Iterator[tuple[str, bytes]]:
    messages = list(_recorded())
    topics = [topic for topic, _ in messages]
    while True:
        topic, payload = dice.choice(messages)
        kind = dice.randrange(8)
        if kind == 0:
            payload = dice.choice(BROKEN) % dice.randrange(10**6)
        elif kind == 1:
            topic = dice.choice(topics)
        elif kind == 2:
            payload = _damaged(payload, dice)
        elif kind == 3:
            topic, payload = (
                "rtl_433/x/events",
                json.dumps({"model": "New", "id": dice.randrange(10**6), "a": 1}).encode(),
            )
        elif kind == 4:
            topic = f"{dice.randrange(10**6)}/{dice.choice(['state', 'SENSOR', 'config', 'x'])}"
        elif kind == 5:
            topic = _damaged(topic.encode(), dice).decode("utf-8", "ignore").translate(_NOT_IN_TOPICS) or "x"
        elif kind == 6:
            topic = f"zigbee2mqtt/{dice.randrange(10**6)}"
        elif dice.randrange(1000) == 0:
            topic = "deep/" + "x" * dice.randrange(LONGEST_TOPIC)
        yield topic, payload


_NOT_IN_TOPICS = dict.fromkeys([*map(ord, "+#$"), *range(32), *range(127, 160), *range(0xFDD0, 0xFDF0), 0xFFFE, 0xFFFF])
"""For these Mosquitto disconnects who publishes."""


def _damaged(text: bytes, dice: Random) -> bytes:
    changed = bytearray(text)
    for _ in range(dice.randrange(1, 6)):
        start = dice.randrange(len(changed) + 1)
        changed[start : start + dice.randrange(8)] = dice.randbytes(dice.randrange(4))
    return bytes(changed)


def _waiting(receiver: Receiver) -> int:
    status = receiver.status
    return MOST_WAITING if status is None or time.time() - status.written > 5 else status.waiting


def _stored(owner: psycopg.Connection[Any], device_id: int) -> tuple[int, int]:
    [(different, most)] = (
        owner.cursor(row_factory=tuple_row).execute(statement("times_each_reading"), [device_id]).fetchall()
    )
    return int(different), int(most)


def main() -> int:
    """Run a flood; the exit status is 1 if something was not as it is promised."""
    parser = argparse.ArgumentParser(prog="python -m chaos.mqtt_flood", description=__doc__)
    parser.add_argument("--count", type=int, default=200_000, help="messages")
    parser.add_argument("--seed", type=int, default=0, help="repeats an earlier flood")
    arguments = parser.parse_args()
    with running_database() as (settings, _), connect(owner_conninfo(settings, "chaos")) as owner:
        found = flood(settings, owner, count=arguments.count, seed=arguments.seed)
    print(found)
    print(*found.violations, sep="\n")
    return 1 if found.violations else 0


if __name__ == "__main__":
    sys.exit(main())
