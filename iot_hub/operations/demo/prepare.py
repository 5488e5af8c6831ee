"""The demo: simulated devices and a home in a real hub, and one private area."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import psycopg
from psycopg.rows import DictRow

from iot_hub.access.devices import add_device, list_devices, rotate_token, set_published
from iot_hub.access.discovered import approve, assign_room
from iot_hub.database.queries import query
from iot_hub.files.private_files import make_folder, write_private
from iot_hub.ingest.mqtt.broker import broker_of
from iot_hub.ingest.mqtt.publisher import Publisher
from iot_hub.ingest.tokens import hash_token
from iot_hub.operations.demo import SimulatedDevice, demo_devices
from iot_hub.operations.demo.home import HomeDelivery, HomeDevice, SimulatedHome, demo_home
from iot_hub.operations.demo.travels.past import Owned
from iot_hub.operations.demo.travels.traveller import demo_places, demo_travellers
from iot_hub.places.address_book import add_place, list_places
from iot_hub.privacy.areas import add_area, list_areas
from iot_hub.settings import Settings

Connection = psycopg.Connection[DictRow]

PRIVATE_HOME = "Mia's phone"
HALF_SIDE_DEGREES = 0.001
"""About 100 m: the half side of the private area around that home."""
MARGIN_M = 100
"""Far less than a real home needs: the usual margin would hide all of her few kilometres."""


def prepare_demo(
    settings: Settings, connection: Connection, *, publish: bool = False
) -> list[tuple[SimulatedDevice, str]]:
    """Add the simulated devices and the private area if they do not exist yet; optionally publish new devices.

    They are marked, and a device without the mark is left alone even if it has the same name. Their tokens are
    stored in the hub's home, since a simulated phone has no memory of its own.
    """
    devices = demo_devices(settings.zone)
    tokens_file = settings.home / "secrets" / "simulated-tokens.json"
    tokens = _read_tokens(tokens_file)
    for device in devices:
        _, tokens[device.name] = _register(connection, device, tokens.get(device.name), publish=publish)
    # They send their past at once, which would look like probing for the private home.
    connection.execute(query("expect_simulated_past"))
    _write_tokens(tokens_file, tokens)
    _add_private_home(connection, devices)
    return [(device, tokens[device.name]) for device in devices]


def prepare_travellers(settings: Settings, connection: Connection) -> list[tuple[Owned, str]]:
    """Add the phones of people who travel, if they do not exist yet; return each with its token.

    They stay private. Their homes and where they work are in the address book.
    """
    tokens_file = settings.home / "secrets" / "simulated-tokens.json"
    tokens = _read_tokens(tokens_file)
    prepared = []
    for phone in demo_travellers(settings.zone):
        device_id, token = _register(connection, phone, tokens.get(phone.name), publish=False)
        tokens[phone.name] = token
        prepared.append((Owned(device_id, phone), token))
    _write_tokens(tokens_file, tokens)
    known = {place["name"] for place in list_places(connection)}
    for place in demo_places(settings.zone):
        if place.name not in known:
            add_place(connection, place)
    return prepared


def prepare_home(settings: Settings, connection: Connection) -> tuple[SimulatedHome, HomeDelivery]:
    """Add the simulated home's account at the broker and its devices, if they do not exist yet.

    Its devices are approved one by one, and stay private: a rule would approve real devices too, and outlive the demo.
    """
    home = demo_home(settings.zone)
    tokens_file = settings.home / "secrets" / "simulated-tokens.json"
    tokens = _read_tokens(tokens_file)
    device_id, token = _register(connection, home, tokens.get(home.name), publish=False)
    _write_tokens(tokens_file, tokens | {home.name: token})
    for device in home.devices:
        _approve(connection, device)
    account = replace(broker_of(settings), user=str(device_id), password=token)
    return home, HomeDelivery(Publisher(account))


def _register(
    connection: Connection, device: SimulatedDevice | SimulatedHome, token: str | None, *, publish: bool
) -> tuple[int, str]:
    """Add the simulator's own device if needed; return its id and its token."""
    with connection.transaction():
        if token is not None:
            values = {"name": device.name, "token_hash": hash_token(token.encode())}
            connection.execute(query("adopt_simulated_device"), values)
        own = connection.execute(query("simulated_device"), {"name": device.name}).fetchone()
        if own is not None:
            return int(own["id"]), token or rotate_token(connection, str(own["id"]))[1]
        device_id, token = add_device(connection, _free_name(connection, device.name), device.type)
        connection.execute(query("mark_simulated_device"), {"name": device.name, "device_id": device_id})
        if device.room is not None:
            assign_room(connection, str(device_id), device.room)
        if publish:
            set_published(connection, device_id, published=True)
        return device_id, token


def _approve(connection: Connection, device: HomeDevice) -> None:
    """Approve a device of the home, as if it had been heard; what the owner has decided about it stays."""
    values = {"identity": device.identity, "protocol": device.protocol, "label": device.name, "room": device.room}
    with connection.transaction():
        if connection.execute(query("discover_simulated_device"), values).fetchone() is None:
            return
        device_id = approve(connection, device.identity, name=_free_name(connection, device.name))
        connection.execute(query("mark_simulated_device"), {"name": device.name, "device_id": device_id})


def _free_name(connection: Connection, name: str) -> str:
    taken = {row["name"] for row in list_devices(connection)}
    numbered = (f"{name} (simulated {number})" for number in itertools.count(2))
    return next(free for free in itertools.chain([name, f"{name} (simulated)"], numbered) if free not in taken)


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
    make_folder(path.parent)
    write_private(path, msgspec.json.encode(tokens))
