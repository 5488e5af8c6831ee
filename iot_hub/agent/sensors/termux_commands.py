"""The sensors of an Android phone, as Termux:API's commands."""

from __future__ import annotations

import contextlib

from iot_hub.agent.errors import SensorError
from iot_hub.agent.reading import Reading, now, reading
from iot_hub.agent.sensors import termux
from iot_hub.agent.sensors.program import is_installed, output_of
from iot_hub.agent.sensors.sensor import Options, Sensor


def _ask(options: Options, *command: str) -> list[Reading]:
    printed = output_of(command, options["timeout"])
    at = now()
    found = list(termux.parse(printed, at))
    if not found:
        # What a missing permission looks like.
        raise SensorError(f"{command[0]} printed nothing: does the app Termux:API have the permission?")
    return [reading(termux.SOURCE, original, groups, at) for original, groups in found]


def _location(options: Options) -> list[Reading]:
    return _ask(options, "termux-location", "-p", options["provider"], "-r", options["request"])


def _sensors(options: Options) -> list[Reading]:
    try:
        # The first object is often empty; the last holds the newest value of every sensor.
        return _ask(options, "termux-sensor", "-s", options["names"], "-n", "2", "-d", "500")[-1:]
    finally:
        with contextlib.suppress(SensorError):
            output_of(("termux-sensor", "-c"), options["timeout"], stoppable=False)


SENSORS = (
    Sensor(
        "termux-battery",
        "The phone's battery.",
        300,
        lambda _: is_installed("termux-battery-status"),
        lambda options: _ask(options, "termux-battery-status"),
    ),
    Sensor(
        "termux-location",
        "Where the phone is.",
        300,
        lambda _: is_installed("termux-location"),
        _location,
        # A fix may never come: indoors, or without the permission.
        {"timeout": 60.0, "provider": "gps", "request": "once"},
    ),
    Sensor(
        "termux-wifi",
        "The wireless network that the phone is in.",
        900,
        lambda _: is_installed("termux-wifi-connectioninfo"),
        lambda options: _ask(options, "termux-wifi-connectioninfo"),
    ),
    Sensor(
        "termux-sensor",
        "Other sensors of the phone, those whose names hold one of `names`; without names, none.",
        300,
        lambda options: bool(options["names"]) and is_installed("termux-sensor"),
        _sensors,
        {"timeout": 15.0, "names": ""},
    ),
)
