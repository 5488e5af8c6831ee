"""``iot-hub agent``: what people and programs see of it, and how it goes on through trouble."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from agent_world import AT, Machine, readings
from conftest import wait_until
from events import Connection, rows
from hub_server import running_api
from test_packaging import ROOT

from iot_hub.agent import running
from iot_hub.agent.answers import Failed
from iot_hub.agent.beginning import initial_text
from iot_hub.agent.configuration import QUEUE, TABLES, TOP, UPLOAD, configuration, read_configuration
from iot_hub.agent.errors import AgentError, QueueError, SensorError
from iot_hub.agent.running import Agent
from iot_hub.agent.sensors import SENSORS, Sensor
from iot_hub.agent.sensors.chosen import COMMAND, sensor_table
from iot_hub.devices import add_device
from iot_hub.settings import Settings

GREENHOUSE = {"name": "greenhouse", "run": ["greenhouse"], "every": 1}
LEAST = {"address": "https://hub.example", "token": "t"}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path, tables={"command": [GREENHOUSE], "upload": {"every": 0}})
    machine.print("greenhouse", '{"climate": {"temperature_C": 21.5}}')
    return machine


def test_init_writes_a_file_for_its_owner_alone_and_never_over_another(machine: Machine, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "iot_hub", "agent", "init", "--address", "https://hub.example/"]
    made = tmp_path / ".config/iot-hub-agent/agent.toml"
    os.umask(0o022)
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


class MadeUp:
    """A sensor of a test's."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.is_there = True
        self.sensor = Sensor("made-up", "", 1, lambda _: self.is_there, self.read)

    def read(self, _: object) -> list[Any]:
        if self.error:
            raise self.error
        return readings(1)


@pytest.fixture
def made_up(machine: Machine) -> Any:
    queue = machine.queue()
    sensor = MadeUp()
    yield Agent(machine.configuration, queue), sensor, queue
    queue.close()


def test_what_goes_wrong_with_a_sensor_is_said_once_and_so_is_its_end(
    made_up: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    agent, made, queue = made_up
    for error in (
        SensorError("no fix"),
        SensorError("no fix"),
        SensorError("code 3"),
        ValueError("52.2297"),
        None,
        None,
    ):
        made.error = error
        agent.read(made.sensor)
    said = [re.sub(r"^\S+ \S+ ", "", line) for line in capsys.readouterr().err.splitlines()]
    assert said == [
        "made-up: no fix", "made-up: code 3", "made-up: told something that JSON can't hold", "made-up: works again",
    ]  # fmt: skip
    assert queue.depth().readings == 2


def test_a_sensor_that_is_gone_is_passed_over_in_silence(made_up: Any, capsys: pytest.CaptureFixture[str]) -> None:
    agent, made, queue = made_up
    made.is_there = False
    agent.read(made.sensor)
    assert (queue.depth().readings, capsys.readouterr().err) == (0, "")


def test_nothing_is_read_by_a_clock_that_is_not_set(
    made_up: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, made, queue = made_up
    monkeypatch.setattr(running, "now", lambda: 12_000_000)
    agent.read(made.sensor)
    assert queue.depth().readings == 0
    assert "clock is not set" in capsys.readouterr().err


class FakeTime:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


def test_sending_waits_for_its_interval_or_for_enough_readings_and_failures_make_it_wait_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeTime()
    monkeypatch.setattr(running, "time", clock)
    machine = Machine(tmp_path, tables={"upload": {"every": 300, "readings": 5}})
    queue = machine.queue()
    agent = Agent(machine.configuration, queue)
    attempts: list[float] = []

    class Sender:
        works = True

        def send_batch(self) -> running.Sent:
            attempts.append(clock.seconds)
            entries = queue.oldest(5, 10**6)
            if not self.works:
                return running.Sent(failure=Failed("away"))
            if entries:
                queue.settle(entries, {})
            return running.Sent(delivered=len(entries))

    agent._uploader = sender = Sender()  # type: ignore[assignment]
    assert agent.turn() == 300  # At the start, and then each interval.
    queue.append(readings(4))
    assert agent.turn() == 300
    queue.append(readings(1))
    assert agent.turn() == 300
    assert (attempts, queue.depth().readings) == ([1000, 1000], 0)
    queue.append(readings(7))
    sender.works = False
    pause = agent.turn()
    assert 0 < pause <= 5
    assert agent.turn() == pause and len(attempts) == 3
    clock.seconds += 6
    sender.works = True
    assert agent.turn() == 0  # Two still wait: they follow at once.
    assert agent.turn() == 300
    assert queue.depth().readings == 0
    queue.close()


def test_a_queue_that_fails_while_it_sends_is_said_once_and_tried_again_later(
    made_up: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, _, _ = made_up

    def failing() -> None:
        raise QueueError("The queue can't be used: disk I/O error.")

    monkeypatch.setattr(agent._uploader, "send_batch", failing)
    for _ in range(2):
        assert agent.turn() > 0
        agent._not_before = 0
    assert capsys.readouterr().err.count("disk I/O error") == 1


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "token is missing"),
        ({"token": "t", "address": "hub.example"}, "address must be the hub's"),
        ({"token": "t", "address": "https://me@hub.example"}, "address must be the hub's"),
        ({"token": "t", "address": "https://hub.example/ö"}, "address must be the hub's"),
        ({**LEAST, "token": "t\r\nX: y"}, "without spaces"),
        ({**LEAST, "upload": {"evry": 3}}, r"upload\.evry is unknown. There are: every, readings, timeout"),
        ({**LEAST, "upload": {"every": "soon"}}, r"upload\.every must be a number, such as 300"),
        ({**LEAST, "upload": {"readings": 0}}, "must be 1 at least"),
        ({**LEAST, "upload": 3}, "upload must be a table"),
        ({**LEAST, "tokn": "t"}, "tokn is unknown"),
        ({**LEAST, "ca": "hub.pem", "fingerprint": "00" * 32}, "choose one"),
        ({**LEAST, "fingerprint": "00"}, "64 hexadecimal digits"),
        ({**LEAST, "sensors": {"nose": {}}}, r"sensors\.nose is unknown"),
        ({**LEAST, "sensors": {"battery": {"every": 0}}}, "enabled = false"),
        ({**LEAST, "sensors": {"battery": {"enabled": "no"}}}, "must be true or false"),
        ({**LEAST, "command": {"name": "a"}}, r"\[\[command\]\]"),
        ({**LEAST, "command": [{"name": "a b", "run": "x"}]}, "small letters"),
        ({**LEAST, "command": [{"name": "climate", "run": "x"}]}, "not taken yet"),
        ({**LEAST, "command": [{"name": "a", "run": "x"}, {"name": "a", "run": "y"}]}, "not taken yet"),
        ({**LEAST, "command": [{"name": "a"}]}, "needs run"),
        ({**LEAST, "command": [{"name": "a", "run": "x 'y"}]}, "quotation"),
    ],
)
def test_a_mistake_in_the_configuration_is_one_line_that_helps(told: dict[str, Any], said: str) -> None:
    with pytest.raises(AgentError, match=said):
        configuration(told)


def test_a_configuration_that_is_missing_or_no_toml_is_one_line(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="iot-hub agent init"):
        read_configuration(tmp_path / "none")
    (tmp_path / "bad").write_text("address = ")
    with pytest.raises(AgentError, match="can't be read"):
        read_configuration(tmp_path / "bad")
    file = machine.file
    file.write_text("nonsense = 1\n" + file.read_text())
    done = machine.run("status")
    assert done.returncode == 0  # Written anew by the test's machine.


def test_the_configuration_changes_and_switches_off_sensors() -> None:
    tables = {"battery": {"every": 5}, "gpsd": {"enabled": False}, "termux-location": {"provider": "network"}}
    sensors = {sensor.name: sensor for sensor in configuration({**LEAST, "sensors": tables}).sensors}
    assert sensors["battery"].every == 5
    assert "gpsd" not in sensors
    assert sensors["termux-location"].options["provider"] == "network"
    assert sensors["termux-location"].options["request"] == "once"


def test_init_shows_every_setting_with_its_default() -> None:
    text = initial_text("https://hub.example", "t")
    for table in TABLES.values():
        for name, default in table.items():
            shown = re.search(rf"^# {name} = (\S+)", text, re.MULTILINE)
            assert shown, name
            assert default == "" or json.loads(shown[1]) == default


def test_the_documentation_has_every_setting_with_its_default() -> None:
    page = (ROOT / "docs" / "agent.md").read_text()
    wanted = {
        "": TOP, "upload.": UPLOAD, "queue.": QUEUE, "command.": COMMAND,
        **{f"sensors.{sensor.name}.": sensor_table(sensor) for sensor in SENSORS},
    }  # fmt: skip
    missing = [
        f"{table}{name}" for table, keys in wanted.items() for name, default in keys.items()
        if not re.search(rf"^\| `{re.escape(table + name)}` \| {re.escape(_shown(default))} \|", page, re.MULTILINE)
    ]  # fmt: skip
    assert missing == []


def _shown(default: object) -> str:
    if isinstance(default, float):
        return f"{default:g}"
    return "–" if default in ("", []) else json.dumps(default)


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
