"""A GPS receiver through gpsd.

Facts: gpsd_json(5), class TPV: ``mode`` 2 is a fix, 3 one with altitude; ``eph``, ``epx``, ``epy``, ``epv`` in metres;
``speed`` in m/s; ``track`` in degrees from true north. What is not known is left out.
"""

from __future__ import annotations

import json
import math
import socket
import time
from collections.abc import Iterator
from datetime import datetime

from iot_hub import sentinels
from iot_hub.agent.errors import SensorError
from iot_hub.agent.reading import Properties, Reading, now, reading
from iot_hub.agent.sensors.json_output import JsonObject
from iot_hub.agent.sensors.sensor import Options, Sensor
from iot_hub.agent.stop import wait_readable
from iot_hub.values import convert_unit, number, position, positive

MAX_LINE_BYTES = 65_536
WATCH = b'?WATCH={"enable":true,"json":true};\n'


def location(report: JsonObject) -> Properties | None:
    """Return the location of a report in the hub's words; None where it has no fix."""
    found = position(report.get("lat"), report.get("lon"))
    if report.get("class") != "TPV" or (number(report.get("mode")) or 0) < 2 or found is None:
        return None
    height = sentinels.altitude(report.get("altHAE"))
    return {
        "latitude": found[0],
        "longitude": found[1],
        "altitude_m": sentinels.altitude(report.get("alt")) if height is None else height,
        "altitude_msl_m": sentinels.altitude(report.get("altMSL")),
        "bearing": sentinels.bearing(report.get("track")),
        "fix_provider": "gps",
        "fix_speed_ms": sentinels.speed(report.get("speed")),
        "fix_timestamp": _unix(report.get("time")),
        "fix_accuracy_m": _accuracy(report),
        "fix_vertical_accuracy_m": positive(report.get("epv")),
    }


def _accuracy(report: JsonObject) -> float | None:
    east, north = positive(report.get("epx")), positive(report.get("epy"))
    found = positive(report.get("eph"))
    return convert_unit(math.hypot(east, north), 1, 3) if found is None and east and north else found


def _unix(moment: object) -> float | None:
    try:
        return datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else None
    except ValueError:
        return None


def _read(options: Options) -> list[Reading]:
    deadline = time.monotonic() + options["timeout"]
    for report in _reports(options["host"], options["port"], deadline):
        if fix := location(report):
            return [reading("gpsd", report, {"location": fix}, now())]
    raise SensorError("gpsd has no fix")


def _reports(host: str, port: int, deadline: float) -> Iterator[JsonObject]:
    """Yield gpsd's reports until the deadline. Raises SensorError where it does not answer as gpsd does."""
    try:
        with socket.create_connection((host, port), _left(deadline)) as connection:
            connection.sendall(WATCH)
            received = b""
            while wait_readable(connection.fileno(), deadline - time.monotonic()):
                part = connection.recv(MAX_LINE_BYTES)
                *lines, received = (received + part).split(b"\n")
                yield from map(json.loads, filter(bytes.strip, lines))
                if not part:
                    return
                if len(received) > MAX_LINE_BYTES:
                    raise ValueError("a line without end")
    except TimeoutError:
        return
    except (OSError, ValueError) as error:
        raise SensorError(f"gpsd does not answer: {error}") from error


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.001)


def _is_there(options: Options) -> bool:
    try:
        socket.create_connection((options["host"], options["port"]), 1).close()
    except OSError:
        return False
    return True


SENSOR = Sensor(
    "gpsd",
    "Where a machine with a GPS receiver is, by gpsd.",
    30,
    _is_there,
    _read,
    {"timeout": 15.0, "host": "127.0.0.1", "port": 2947},
)
