"""A car's reader that is killed again and again while it reads and sends: every reading is stored, and stored once.

``benchmarks/obd_agent.py`` has the long form, in which the hub is killed too.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from agent_world import Machine
from events import Connection, rows
from hub_server import running_api
from scripted_adapter import Car, Quirks, tcp_adapter
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.settings import Settings

pytestmark = pytest.mark.hub

KILLS = 8


def queued(machine: Machine) -> int:
    """Return how many readings ever were in the queue."""
    with contextlib.closing(sqlite3.connect(machine.configuration.queue_file)) as queue:
        [found] = queue.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = 'readings'").fetchone()
        return int(found or 0)


def test_every_reading_that_was_queued_is_stored_once_though_the_reader_is_killed_eight_times(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    device, token = add_device(owner, "car", "car")
    with running_api(settings) as api, tcp_adapter(Car(), Quirks(chunk=5)) as address:
        tables = {"upload": {"every": 0, "readings": 5}, "obd": {"adapter": address, "every": 0.01}}
        machine = Machine(tmp_path, str(api.base_url), token, tables)
        machine.queue().close()
        for _ in range(KILLS):
            before = queued(machine)
            agent = machine.start("obd")
            wait_until(lambda before=before: queued(machine) > before)
            agent.kill()
            agent.communicate()
        assert machine.run("send").returncode == 0
    [found] = rows(
        owner,
        "SELECT count(*) AS rows, count(DISTINCT device_time) AS times, count(properties -> 'vehicle') AS cars"
        f" FROM iot_personal_hub.raw_devices_properties WHERE device_id = {device}",
    )
    assert found == {"rows": queued(machine), "times": queued(machine), "cars": queued(machine)}
    assert machine.queue().stats().readings == 0


def test_a_batch_without_a_reading_is_answered_by_the_hub_and_leaves_nothing_in_quarantine(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    """How an agent asks for the time; nginx adds the ``Date``."""
    from iot_hub.agent.connection import Connection as ToHub
    from iot_hub.agent.receipts import is_hubs

    _, token = add_device(owner, "car", "car")
    with running_api(settings) as api:
        machine = Machine(tmp_path, str(api.base_url), token)
        assert is_hubs(ToHub(machine.configuration).post(b""))
    assert rows(owner, "SELECT 1 FROM iot_personal_hub.quarantine") == []
