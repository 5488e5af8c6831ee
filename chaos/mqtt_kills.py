"""``python -m chaos.mqtt_kills``: kills the MQTT receiver under load, and counts what was lost or stored twice.

Four devices publish at once: at QoS 1 and at QoS 0, with a time of their own and without. Without one an event has the
time of its receipt, which has to be the same when the broker sends the message again.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from chaos.mqtt_database import running_database
from chaos.mqtt_parts import Broker, Receiver, running_broker
from chaos.statements import statement
from chaos.waiting import wait_for
from iot_hub.access.devices import add_device
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings

FIRST_TIME = 1_750_000_000
BURST_S = 0.02
SETTLE_SECONDS = 120.0


@dataclass(frozen=True)
class Kind:
    """A kind of device."""

    name: str
    qos: int
    has_time: bool

    def message(self, device_id: int, number: int) -> tuple[str, bytes]:
        """Return its message of that number."""
        if self.has_time:
            reading = b'{"device_timestamp":%d,"properties":{"count":{"n":%d}}}' % (FIRST_TIME + number, number)
            return f"iot-hub/{device_id}/events", reading
        # What OwnTracks leaves behind when it loses its connection has no time that counts.
        return f"owntracks/{device_id}/phone", b'{"_type":"lwt","tst":%d}' % number


KINDS = (
    Kind("QoS 1, own time", 1, True),
    Kind("QoS 1, no time", 1, False),
    Kind("QoS 0, own time", 0, True),
    Kind("QoS 0, no time", 0, False),
)


@dataclass
class Outcome:
    """What came of a campaign, by kind."""

    published: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    kills: int = 0

    def __str__(self) -> str:
        lines = [
            f"{name:16} {count:8} published, {self.lost[name]} lost, {self.doubled[name]} stored twice"
            for name, count in self.published.items()
        ]
        return "\n".join([f"{self.kills} kills", *lines])


class Load:
    """Devices that publish at a rate until they are stopped."""

    def __init__(self, broker: Broker, devices: dict[Kind, int], rate: float) -> None:
        """Publish ``rate`` messages a second, all devices together."""
        self._broker = broker
        self._devices = devices
        self._each = rate / len(devices) * BURST_S
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=item) for item in devices.items()]
        self.published: Counter[Kind] = Counter()
        self.errors: list[Exception] = []

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, published: int) -> None:
        """Wait until this many messages were published."""
        wait_for(lambda: self.published.total() >= published or self.errors, SETTLE_SECONDS, "Devices publish")

    def _run(self, kind: Kind, device_id: int) -> None:
        numbers = itertools.count(1)
        due = 0.0
        try:
            with self._broker.publisher() as publisher:
                while not self._stop.wait(BURST_S):
                    due += self._each
                    burst = [kind.message(device_id, next(numbers)) for _ in range(int(due))]
                    due -= len(burst)
                    publisher.publish(burst, qos=kind.qos)
                    self.published[kind] += len(burst)
                if kind.qos:
                    publisher.wait_for(self.published[kind], SETTLE_SECONDS)
        except Exception as error:
            self.errors.append(error)


def kill_under_load(
    settings: Settings, owner: psycopg.Connection[Any], *, kills: int, rate: float = 1_000.0, seed: int = 0,
    without: Sequence[str] = (), command: Sequence[str] = ("-m", "iot_hub", "mqtt"),
    away_messages: int = 0, patience: float = 10.0,
    tell: Callable[[str], None] = lambda _: None,
) -> Outcome:  # fmt: skip
    """Kill the receiver under load, and return what came of every message that was published.

    Each time it stays away until ``away_messages`` more were published. What is not stored ``patience`` seconds after
    the last that was is lost.
    """
    dice = random.Random(seed)
    devices = {kind: add_device(owner, kind.name, "sensor")[0] for kind in KINDS}
    receiver = Receiver(settings, command)
    outcome = Outcome()
    try:
        with running_broker(settings, without) as broker:
            receiver.start()
            with Load(broker, devices, rate) as load:
                for number in range(kills):
                    time.sleep(dice.uniform(0.1, 0.6))
                    receiver.kill()
                    outcome.kills += 1
                    load.wait_for(load.published.total() + away_messages)
                    receiver.start()
                    tell(f"{number + 1} kills, {load.published.total()} messages")
            if load.errors:
                raise load.errors[0]
            with contextlib.suppress(TimeoutError):
                settle(owner, load.published.total(), patience)
            receiver.stop()
    finally:
        receiver.kill()
    found = {(device_id, n): times for device_id, n, times in _stored(owner)}
    for kind, device_id in devices.items():
        numbers = range(1, load.published[kind] + 1)
        outcome.published[kind.name] = len(numbers)
        outcome.lost[kind.name] = sum((device_id, n) not in found for n in numbers)
        outcome.doubled[kind.name] = sum(found.get((device_id, n), 1) - 1 for n in numbers)
    return outcome


def kill_broker(
    settings: Settings, owner: psycopg.Connection[Any], *, hub_away: bool, rate: float = 1_500.0
) -> Outcome:
    """Kill the broker while a device publishes, and return what came of the messages that it had acknowledged."""
    kind = KINDS[0]
    device_id, _ = add_device(owner, f"{kind.name}, hub {'away' if hub_away else 'connected'}", "sensor")
    receiver = Receiver(settings)
    outcome = Outcome()
    before = len(_stored(owner))
    try:
        with running_broker(settings) as broker:
            # The broker knows the hub from now on.
            receiver.start()
            if hub_away:
                receiver.stop()
            number = 0
            with broker.publisher() as publisher:
                began = time.monotonic()
                while time.monotonic() - began < 3.3:
                    burst = range(number + 1, int((time.monotonic() - began) * rate) + 1)
                    publisher.publish([kind.message(device_id, each) for each in burst])
                    number = max(number, burst.stop - 1)
                    time.sleep(BURST_S)
                broker.kill()
                acknowledged = publisher.acknowledged
            broker.start()
            if hub_away:
                receiver.start()
            with contextlib.suppress(TimeoutError):
                settle(owner, before + acknowledged, 5.0)
            receiver.stop()
    finally:
        receiver.kill()
    found = {n: times for found_id, n, times in _stored(owner) if found_id == device_id}
    name = "hub away" if hub_away else "hub connected"
    outcome.published[name] = acknowledged
    # A broker acknowledges in order.
    outcome.lost[name] = sum(n not in found for n in range(1, acknowledged + 1))
    outcome.doubled[name] = sum(times - 1 for times in found.values())
    return outcome


def settle(owner: psycopg.Connection[Any], published: int, patience: float) -> None:
    """Wait until everything is stored, or until nothing more comes for some seconds."""
    seen, since = -1, time.monotonic()

    def is_done() -> bool:
        nonlocal seen, since
        now = len(_stored(owner))
        if now != seen:
            seen, since = now, time.monotonic()
        return now >= published or time.monotonic() - since > patience

    wait_for(is_done, SETTLE_SECONDS, "Everything is stored")


def _stored(owner: psycopg.Connection[Any]) -> list[tuple[int, int, int]]:
    cursor = owner.cursor(row_factory=psycopg.rows.tuple_row)
    return cursor.execute(statement("times_each_message")).fetchall()


def main() -> int:
    """Run a campaign; the exit status is 1 if anything was lost or stored twice."""
    parser = argparse.ArgumentParser(prog="python -m chaos.mqtt_kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="how many times to kill the receiver")
    parser.add_argument("--rate", type=float, default=1_000.0, help="messages a second, of all devices together")
    parser.add_argument("--seed", type=int, default=0, help="repeats an earlier campaign")
    parser.add_argument("--without", action="append", default=[], metavar="OPTION", help="leave out a broker's option")
    parser.add_argument("--broker", action="store_true", help="kill the broker instead, and measure what it loses")
    arguments = parser.parse_args()
    with running_database() as (settings, _), connect(owner_conninfo(settings, "chaos")) as owner:
        if arguments.broker:
            print(kill_broker(settings, owner, hub_away=False), kill_broker(settings, owner, hub_away=True), sep="\n")
            return 0
        outcome = kill_under_load(
            settings, owner, kills=arguments.kills, rate=arguments.rate, seed=arguments.seed,
            without=arguments.without, tell=lambda line: print(line, file=sys.stderr, flush=True),
        )  # fmt: skip
    print(outcome)
    return 1 if outcome.lost.total() or outcome.doubled.total() else 0


if __name__ == "__main__":
    sys.exit(main())
