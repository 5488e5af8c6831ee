"""``iot-hub agent``: what people and programs see of it, from the first configuration to a service."""

from __future__ import annotations

import os
import random
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_world import AT, Machine, readings
from events import Connection, rows
from hub_server import running_api
from paths import ROOT
from waiting import wait_until

from iot_hub.access.devices import add_device
from iot_hub.agent.configuration import read_configuration
from iot_hub.agent.stop import GRACE_SECONDS
from iot_hub.settings import Settings

GREENHOUSE = {"name": "greenhouse", "run": ["greenhouse"], "every": 1}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path, tables={"command": [GREENHOUSE], "upload": {"every": 0}})
    machine.print("greenhouse", '{"climate": {"temperature_C": 21.5}}')
    yield machine
    machine.end()


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
    assert (away.returncode, away.stdout) == (1, "0 readings delivered, 0 rejected, 1 wait.\n")
    assert "does not answer" in away.stderr
    before = machine.status()
    assert (before["waiting"], before["last_upload"], before["sensors"]) == (1, None, ["greenhouse"])
    assert "does not answer" in before["last_error"]
    with running_api(settings) as api:
        machine.address = str(api.base_url)
        done = machine.run("once")
    assert (done.returncode, done.stdout) == (0, "2 readings delivered, 0 rejected, 0 wait.\n")
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


def test_an_agent_that_waits_for_an_answer_of_the_hub_ends_at_once(machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hub:
        machine.address = f"http://127.0.0.1:{hub.getsockname()[1]}"
        process = machine.start("run")
        connection, _ = hub.accept()
        with connection:
            assert connection.recv(4) == b"POST"
            process.send_signal(signal.SIGINT)
            assert process.wait(2) == 0
    assert "Traceback" not in process.communicate()[1]


@pytest.mark.slow
def test_signals_at_any_moment_end_an_agent_and_in_order_once_it_works(machine: Machine) -> None:
    moments = random.Random(12)
    for number in [signal.SIGINT, signal.SIGTERM] * 15:
        process = machine.start("run")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(moments.uniform(0, 0.6))
        process.send_signal(number)
        said = process.communicate(timeout=5)[1]
        # What Python prints while it starts is its own.
        assert (process.returncode, "Traceback" in said) == (0, False) or "readings wait" not in said


def test_what_no_flag_ends_is_left_behind_after_a_grace_and_at_once_by_a_second_signal(machine: Machine) -> None:
    machine.run("once")
    blocker = sqlite3.connect(machine.configuration.queue_file, isolation_level=None)
    # Nobody else can write meanwhile: SQLite waits for five seconds, deaf to any flag.
    blocker.execute("BEGIN IMMEDIATE")
    patient, impatient = machine.start("run"), machine.start("send")
    for process in (patient, impatient):
        wait_until(lambda process=process: "nanosleep" in waits(process))
    patient.send_signal(signal.SIGINT)

    def ends_by_another_signal() -> bool:
        impatient.send_signal(signal.SIGINT)
        return impatient.poll() is not None

    wait_until(ends_by_another_signal, GRACE_SECONDS)
    assert impatient.returncode == 128 + signal.SIGINT
    assert patient.wait(GRACE_SECONDS + 5) == 0
    blocker.close()


def waits(process: subprocess.Popen[str]) -> str:
    """Return the kernel functions in which the threads of a process wait."""
    return " ".join(file.read_text() for file in Path(f"/proc/{process.pid}/task").glob("*/wchan"))


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
    waiting, bound = queue.stats().readings, log.stat().st_size
    process = machine.start("run", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bound, bound)))
    assert process.stderr
    assert any("a reading is lost" in line for line in process.stderr)
    machine.provide("greenhouse", f"echo {{}} ; touch {machine.folder}/again")
    wait_until((machine.folder / "again").exists)
    assert process.poll() is None
    process.terminate()
    assert "a reading is lost" not in process.communicate()[1]
    assert queue.stats().readings == waiting
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
