"""A machine whose clock is set late asks the hub for the time, and then sends what has waited."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from agent_world import Machine
from events import Connection, rows
from free_ports import free_ports
from login_world import api

from iot_hub.access.devices import add_device
from iot_hub.settings import Settings


@pytest.mark.hub
def test_readings_that_wait_for_the_clock_are_dated_by_the_hubs_answer(
    settings: Settings, owner: Connection, tmp_path: Path
) -> None:
    device, token = add_device(owner, "car", "car")
    [port] = free_ports(1)
    commands = [{"name": "greenhouse", "run": ["echo", '{"climate":{"temperature_C":21.5}}'], "every": 60}]
    machine = Machine(tmp_path, f"http://127.0.0.1:{port}", token, {"clock": "later", "command": commands})
    away = machine.run("once")
    assert (away.returncode, machine.status()["undated"]) == (1, 1)
    with api(settings, tmp_path, port):
        assert machine.run("once").returncode == 0
    [first, second] = rows(
        owner,
        "SELECT extract(epoch FROM device_time) AS time FROM iot_personal_hub.raw_devices_properties"
        f" WHERE device_id = {device} ORDER BY 1",
    )
    assert time.time() - 60 < first["time"] < second["time"] < time.time() + 1
    assert machine.status()["undated"] == 0
    assert rows(owner, "SELECT 1 FROM iot_personal_hub.quarantine") == []
