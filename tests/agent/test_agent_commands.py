"""``iot-hub agent``: what people and programs see of it, from the first configuration to a service."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from agent_world import AT, Machine, readings
from events import Connection, rows
from hub_server import running_api
from paths import ROOT
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.agent.configuration import read_configuration
from iot_hub.settings import Settings

GREENHOUSE = {"name": "greenhouse", "run": ["greenhouse"], "every": 1}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path, tables={"command": [GREENHOUSE], "upload": {"every": 0}})
    machine.print("greenhouse", '{"climate": {"temperature_C": 21.5}}')
    return machine


def test_init_writes_a_file_for_its_owner_alone_and_never_over_another(machine: Machine, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "iot_hub", "agent", "init", "--address", "https://hub.example/"]
    made = tmp_path / ".config/iot-hub-agent/agent.toml"
    first = subprocess.run(command, env=machine.environment, input="s3cret\n", capture_output=True, text=True)
    assert (first.returncode, made.stat().st_mode & 0o777) == (0, 0o600)
    assert "s3cret" not in first.stdout + first.stderr
    read = read_configuration(made)
    assert (read.address, read.token) == ("https://hub.example", "s3cret")
    again = subprocess.run(command, env=machine.environment, input="other\n", capture_output=True, text=True)
    assert (again.returncode, "--force" in again.stderr) == (1, True)
    assert read_configuration(made).token == "s3cret"
    assert subprocess.run([*command, "--force", "--token", "other"], env=machine.environment).returncode == 0
    assert read_configuration(made).token == "other"


def test_plain_http_beyond_this_machine_is_warned_of(machine: Machine) -> None:
    for address, warned in (
        ("http://192.0.2.7:8080", True),
        ("http://127.0.0.1:8080", False),
        ("https://hub.example", False),
    ):
        command = [
            sys.executable,
            "-P",
            "-m",
            "iot_hub",
            "agent",
            "init",
            "--force",
            "--token",
            "t",
            "--address",
            address,
        ]
        done = subprocess.run(command, env=machine.environment, capture_output=True, text=True)
        assert ("can be read on the way" in done.stderr) is warned


@pytest.mark.hub
def test_once_reads_keeps_and_delivers(settings: Settings, owner: Connection, machine: Machine) -> None:
    machine.token = add_device(owner, "phone", "smartphone")[1]
    away = machine.run("once")
    assert (away.returncode, away.stdout) == (1, "0 readings delivered, 0 refused, 1 wait.\n")
    assert "does not answer" in away.stderr
    before = machine.status()
    assert (before["waiting"], before["last_upload"], before["sensors"]) == (1, None, ["greenhouse"])
    assert "does not answer" in before["last_error"]
    with running_api(settings) as api:
        machine.address = str(api.base_url)
        done = machine.run("once")
    assert (done.returncode, done.stdout) == (0, "2 readings delivered, 0 refused, 0 wait.\n")
    after = machine.status()
    assert (after["waiting"], after["oldest"], after["last_error"], after["refused"]) == (0, None, None, {})
    assert after["last_upload"] is not None
    told = [row["properties"] for row in rows(owner, "SELECT properties FROM iot_personal_hub.raw_devices_properties")]
    climate = {"temperature_C": 21.5}
    assert told == [{"climate": climate, "greenhouse": {"climate": climate}}] * 2


def test_status_tells_people_the_same(machine: Machine) -> None:
    machine.run("once")
    said = machine.run("status").stdout
    assert "1 readings" in said and "seconds ago" in said and "does not answer" in said and "greenhouse" in said
    assert machine.token not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_running_agent_ends_at_once_whatever_it_waits_for(number: signal.Signals, machine: Machine) -> None:
    machine.provide("greenhouse", f"touch {machine.folder}/began; sleep 60 & wait")
    process = machine.start("run")
    wait_until(lambda: (machine.folder / "began").exists())
    process.send_signal(number)
    assert process.wait(5) == 0
    assert process.communicate()[1].splitlines()[-1].endswith("readings wait")


def test_a_second_agent_with_the_same_queue_is_refused(machine: Machine) -> None:
    first = machine.start("run")
    wait_until(lambda: machine.status()["waiting"])
    second = machine.run("run")
    assert (second.returncode, "already" in second.stderr) == (1, True)
    first.terminate()
    first.communicate()


def test_a_disk_that_takes_nothing_more_is_said_once_and_the_agent_goes_on(machine: Machine) -> None:
    queue = machine.queue()
    log = machine.folder / "queue.db-wal"
    while log.stat().st_size < 40_000:
        queue.append(readings(1))
    waiting, bound = queue.depth().readings, log.stat().st_size
    process = machine.start("run", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bound, bound)))
    assert process.stderr
    assert any("a reading is lost" in line for line in process.stderr)
    machine.provide("greenhouse", f"echo {{}} ; touch {machine.folder}/again")
    wait_until((machine.folder / "again").exists)
    assert process.poll() is None
    process.terminate()
    assert "a reading is lost" not in process.communicate()[1]
    assert queue.depth().readings == waiting
    queue.close()


def test_systemd_takes_the_unit(machine: Machine, tmp_path: Path) -> None:
    assert machine.run("install-service").returncode == 0
    unit = tmp_path / ".config/systemd/user/iot-hub-agent.service"
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--user", unit],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_agent_needs_nothing_but_python() -> None:
    tried = """
import importlib, pkgutil, sys
import iot_hub.agent
for module in pkgutil.walk_packages(iot_hub.agent.__path__, "iot_hub.agent."):
    importlib.import_module(module.name)
names = {name.partition(".")[0] for name in sys.modules}
print(sorted(names - set(sys.stdlib_module_names) - {"iot_hub", "__main__"}))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}){tried}"],
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_time_of_a_reading_is_the_machines(machine: Machine) -> None:
    machine.run("once")
    [kept] = machine.lines()
    assert kept["device_timestamp"] > AT
    assert isinstance(kept["device_timestamp"], int)
