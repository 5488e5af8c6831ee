"""The sensors that a configuration enables: the machine's own, with their options, and the owner's commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import replace

from iot_hub.agent.errors import AgentError
from iot_hub.agent.sensors.command import GROUPS, command_sensor
from iot_hub.agent.sensors.sensor import Sensor
from iot_hub.agent.tables import Table, checked

COMMAND: Table = {"name": "", "run": [], "every": 60.0, "timeout": 10.0}
MIN_EVERY = 1
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def sensor_table(sensor: Sensor) -> Table:
    """Return the keys of a sensor's table in the configuration, with their defaults."""
    return {"enabled": True, "every": float(sensor.every), **sensor.options}


def enabled_sensors(known: Iterable[Sensor], tables: object, commands: object) -> tuple[Sensor, ...]:
    """Return the sensors to read. Raises AgentError for a mistake in the configuration."""
    sensors = {sensor.name: sensor for sensor in known}
    configured = checked("sensors.", tables, {name: {} for name in sensors})
    enabled = [found for name, sensor in sensors.items() if (found := _configured(sensor, configured[name]))]
    if not isinstance(commands, list):
        raise AgentError("command must be written [[command]].")
    taken = {*sensors, *GROUPS, "time_source"}
    for command in commands:
        enabled.append(_command(command, taken))
        taken.add(enabled[-1].name)
    return tuple(enabled)


def _configured(sensor: Sensor, table: object) -> Sensor | None:
    where = f"sensors.{sensor.name}."
    options = checked(where, table, sensor_table(sensor))
    enabled, every = options.pop("enabled"), _every(where, options.pop("every"))
    return replace(sensor, every=every, options=options) if enabled else None


def _command(table: object, taken: set[str]) -> Sensor:
    options = checked("command.", table, {**COMMAND, "run": _run_default(table)})
    name, line = options["name"], options["run"]
    if not _NAME.fullmatch(name) or name in taken:
        raise AgentError(f"command.name must be small letters, digits, _ and -, and not taken yet: {name!r} is not.")
    words = _words(line) if isinstance(line, str) else line
    if not words or not all(isinstance(word, str) for word in words):
        raise AgentError(f'the command {name!r} needs run = "…", or a list of words.')
    return command_sensor(name, words, _every("command.", options["every"]), options["timeout"])


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise AgentError(f"the command {line!r} is missing a quotation mark.") from error


def _run_default(table: object) -> object:
    # A line or a list of words: either is accepted.
    return "" if isinstance(table, dict) and isinstance(table.get("run"), str) else []


def _every(where: str, every: float) -> float:
    if every < MIN_EVERY:
        raise AgentError(f"{where}every must be {MIN_EVERY} second at least; enabled = false switches a sensor off.")
    return every
