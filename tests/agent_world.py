"""An agent on a machine of the test's: its configuration, its queue, the commands that it finds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paths import ROOT

from iot_hub.agent.configuration import Configuration, configuration
from iot_hub.agent.queue import Queue
from iot_hub.agent.reading import Reading
from iot_hub.agent.sensors import SENSORS, Sensor

AT = 1_755_861_753_000_000
NOBODY = "http://127.0.0.1:9"
OFF: dict[str, Any] = {
    name: {"enabled": False}
    for name in ("termux-battery", "termux-location", "termux-wifi", "termux-sensor", "battery", "temperature", "gpsd")
}  # fmt: skip


def sensor(name: str, **options: Any) -> tuple[Sensor, dict[str, Any]]:
    """A sensor of the table, and its options."""
    [found] = [each for each in SENSORS if each.name == name]
    return found, {**found.options, **options}


def reading(number: int, **more: Any) -> Reading:
    return Reading(AT + number, {"test": {"number": number, **more}})


def readings(count: int, first: int = 0) -> list[Reading]:
    return [reading(first + number) for number in range(count)]


@dataclass
class Machine:
    """A machine with an agent."""

    folder: Path
    address: str = NOBODY
    token: str = "a-token"
    tables: dict[str, Any] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def told(self) -> dict[str, Any]:
        """The configuration, as its file tells it."""
        queue = {"file": str(self.folder / "queue.db"), **self.tables.get("queue", {})}
        sensors = {**OFF, **self.tables.get("sensors", {})}
        return {
            "address": self.address, "token": self.token, **self.tables, "queue": queue, "sensors": sensors
        }  # fmt: skip

    @property
    def configuration(self) -> Configuration:
        return configuration(self.told)

    @property
    def file(self) -> Path:
        file = self.folder / "agent.toml"
        file.write_text("\n".join(_toml(self.told)))
        return file

    def queue(self) -> Queue:
        return Queue(self.configuration.queue_file, self.configuration.queue_bytes)

    def provide(self, name: str, script: str) -> None:
        """Put a command where the agent finds it."""
        program = self.folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def print(self, name: str, printed: str) -> None:
        """Have a command print something."""
        (self.folder / f"{name}.out").write_text(printed)
        self.provide(name, f"cat '{self.folder}/{name}.out'")

    def start(self, *arguments: str, **more: Any) -> subprocess.Popen[str]:
        # Without site-packages, as on a bare machine; a .pth file there can swallow an interrupt, too.
        process = subprocess.Popen(
            [sys.executable, "-S", "-P", "-m", "iot_hub", "agent", arguments[0], "--config", self.file, *arguments[1:]],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            **more,
        )  # fmt: skip
        self.started.append(process)
        return process

    def end(self) -> None:
        """End every agent that a test has started, also where it failed."""
        for process in self.started:
            with process:
                process.kill()

    def run(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **more)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return found

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "TZ": "UTC",
        }

    def lines(self) -> list[dict[str, Any]]:
        """What waits in the queue."""
        queue = self.queue()
        found = [json.loads(entry.line) for entry in queue.peek(10_000, 10**9)]
        queue.close()
        return found


def _toml(told: dict[str, Any], path: str = "") -> Iterable[str]:
    tables = {name: value for name, value in told.items() if isinstance(value, dict)}
    lists = {
        name: value for name, value in told.items() if isinstance(value, list) and value and isinstance(value[0], dict)
    }
    for name, value in told.items():
        if name not in tables and name not in lists:
            # A JSON scalar or list of texts is one of TOML too.
            yield f"{name} = {json.dumps(value)}"
    for name, value in tables.items():
        yield f"[{path}{name}]"
        yield from _toml(value, f"{path}{name}.")
    for name, items in lists.items():
        for item in items:
            yield f"[[{path}{name}]]"
            yield from _toml(item)


def path_of(machine: Machine) -> str:
    return f"{machine.folder / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"
