"""The demo: simulated devices in a real hub, and one private area."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psycopg
from psycopg.rows import DictRow

from iot_hub.areas import add_area, list_areas
from iot_hub.devices import add_device, list_devices, rotate_token
from iot_hub.settings import Settings
from iot_hub.simulator import SimulatedDevice, demo_devices

Connection = psycopg.Connection[DictRow]

PRIVATE_HOME = "Mia's phone"
HALF_SIDE_DEGREES = 0.001
"""About 100 m: the half side of the private area around that home."""
MARGIN_M = 100
"""Far less than a real home needs: the usual margin would hide all of her few kilometres."""


def prepare_demo(settings: Settings, connection: Connection) -> list[tuple[SimulatedDevice, str]]:
    """Register the simulated devices and the private area where they are not there yet.

    Their tokens are kept in the hub's home, since a simulated phone has no memory of its own.
    """
    devices = demo_devices(settings.zone)
    tokens_file = settings.home / "secrets" / "simulated-tokens.json"
    tokens = _read_tokens(tokens_file)
    known = {row["name"] for row in list_devices(connection)}
    for device in devices:
        if device.name not in known:
            _, tokens[device.name] = add_device(connection, device.name, device.type)
        elif device.name not in tokens:
            _, tokens[device.name] = rotate_token(connection, device.name)
    _write_tokens(tokens_file, tokens)
    _add_private_home(connection, devices)
    return [(device, tokens[device.name]) for device in devices]


def _add_private_home(connection: Connection, devices: Sequence[SimulatedDevice]) -> None:
    name = f"{PRIVATE_HOME}: home"
    if any(area["name"] == name for area in list_areas(connection)):
        return
    latitude, longitude = next(device.home for device in devices if device.name == PRIVATE_HOME)
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    ring = [[longitude + x * HALF_SIDE_DEGREES, latitude + y * HALF_SIDE_DEGREES] for x, y in corners]
    add_area(connection, name, json.dumps({"type": "Polygon", "coordinates": [ring]}).encode(), MARGIN_M)


def _read_tokens(path: Path) -> dict[str, str]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


def _write_tokens(path: Path, tokens: dict[str, str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(msgspec.json.encode(tokens))
    draft.replace(path)
