"""Any command that prints JSON, as its owner names it."""

from __future__ import annotations

from collections.abc import Sequence

from iot_hub.agent.errors import SensorError
from iot_hub.agent.reading import Properties, Reading, now, reading
from iot_hub.agent.sensors.json_output import JsonObject, objects
from iot_hub.agent.sensors.program import output_of
from iot_hub.agent.sensors.sensor import Sensor

GROUPS = ("air", "battery", "body", "climate", "energy", "event", "location", "machine", "motion", "network", "vehicle")
"""The hub's own words: an object of such a name is sent under it."""


def groups(output: JsonObject) -> Properties:
    """Return the groups of a command's output that are in the hub's own words."""
    return {name: output[name] for name in GROUPS if isinstance(output.get(name), dict)}


def command_sensor(name: str, line: Sequence[str], every: float, timeout: float) -> Sensor:
    """Build a sensor from a command. What it prints is kept under its name."""

    def read(_: object) -> list[Reading]:
        printed = [each for each in objects(output_of(line, timeout)) if each]
        if not printed:
            raise SensorError(f"{line[0]} printed nothing")
        at = now()
        return [reading(name, each, groups(each), at) for each in printed]

    return Sensor(name, f"What `{line[0]}` prints.", every, lambda _: True, read)
