"""``python -m chaos.mqtt_outages``: lets the receiver, then the database be away while four devices publish.

Counts what was lost, stored twice, or got a time out of order, and the receiver's largest memory.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from psycopg.rows import tuple_row

from chaos.mqtt_database import Database, running_database
from chaos.mqtt_kills import KINDS, Load, settle
from chaos.mqtt_parts import Receiver, resident, running_broker
from chaos.statements import statement
from iot_hub.access.devices import add_device
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.settings import Settings


@dataclass
class Outage:
    """What came of an outage."""

    what: str
    published: int
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    recovery_s: float = 0.0
    memory_bytes: int = 0

    def __str__(self) -> str:
        return (
            f"{self.what}: {self.published} published, {self.lost} lost, {self.doubled} stored twice,"
            f" {self.out_of_order} out of order; all stored {self.recovery_s:.0f} s after its end;"
            f" receiver {self.memory_bytes / 1e6:.0f} MB at most"
        )

    @property
    def is_harmless(self) -> bool:
        """Whether nothing was lost, stored twice or out of order."""
        return not (self.lost or self.doubled or self.out_of_order)


def outage(settings: Settings, database: Database, *, of: str, seconds: float, rate: float) -> Outage:
    """Let the receiver or the database be away for some seconds under load."""
    with connect(owner_conninfo(settings, "chaos")) as owner:
        [before] = owner.cursor(row_factory=tuple_row).execute(statement("count_events")).fetchone() or (0,)
        devices = {kind: add_device(owner, f"{kind.name}, {of} away", "sensor")[0] for kind in KINDS}
    receiver = Receiver(settings)
    try:
        with running_broker(settings) as broker:
            receiver.start()
            with Load(broker, devices, rate) as load:
                time.sleep(2)
                receiver.stop() if of == "receiver" else database.stop()
                time.sleep(seconds)
                receiver.start() if of == "receiver" else database.start()
                began = time.monotonic()
                time.sleep(2)
            if load.errors:
                raise load.errors[0]
            found = Outage(f"{of} away for {seconds:g} s at {rate:g}/s", load.published.total())
            with connect(owner_conninfo(settings, "chaos")) as owner:
                with contextlib.suppress(TimeoutError):
                    settle(owner, before + found.published, 30.0)
                found.recovery_s = time.monotonic() - began
                found.memory_bytes = resident(receiver.pid)
                rows = owner.cursor(row_factory=tuple_row).execute(statement("messages_in_order_of_time")).fetchall()
            receiver.stop()
    finally:
        receiver.kill()
    stored = Counter((device_id, n) for device_id, n in rows)
    for kind, device_id in devices.items():
        numbers = range(1, load.published[kind] + 1)
        found.lost += sum((device_id, n) not in stored for n in numbers)
        found.doubled += sum(stored.get((device_id, n), 1) - 1 for n in numbers)
        order = [n for own, n in rows if own == device_id]
        found.out_of_order += sum(later < earlier for earlier, later in pairwise(order))
    return found


def main() -> int:
    """Run both outages; the exit status is 1 if one was not harmless."""
    parser = argparse.ArgumentParser(prog="python -m chaos.mqtt_outages", description=__doc__)
    parser.add_argument("--receiver", type=float, default=60.0, help="seconds without the receiver")
    parser.add_argument("--receiver-rate", type=float, default=1_500.0, help="messages a second meanwhile")
    parser.add_argument("--database", type=float, default=600.0, help="seconds without the database")
    parser.add_argument("--database-rate", type=float, default=200.0, help="messages a second meanwhile")
    arguments = parser.parse_args()
    with running_database() as (settings, database):
        outages = [
            outage(settings, database, of="receiver", seconds=arguments.receiver, rate=arguments.receiver_rate),
            outage(settings, database, of="database", seconds=arguments.database, rate=arguments.database_rate),
        ]
    print(*outages, sep="\n")
    return 0 if all(each.is_harmless for each in outages) else 1


if __name__ == "__main__":
    sys.exit(main())
