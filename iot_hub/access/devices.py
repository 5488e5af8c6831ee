"""Devices and their tokens, as the owner manages them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.ingest.mqtt_password import hash_mqtt_password
from iot_hub.ingest.tokens import hash_token, new_token

Connection = psycopg.Connection[DictRow]


def add_device(connection: Connection, name: str, device_type: str) -> tuple[int, str]:
    """Add a device and issue a token; return its id and the token, of which only a hash is stored. Raises UserError."""
    if not name.strip():
        raise UserError("A device needs a name.")
    types = device_types(connection)
    if device_type not in types:
        raise UserError(f"Unknown device type {device_type!r}. Types: {', '.join(types)}.")
    with connection.transaction():
        row = connection.execute(query("add_device"), {"name": name.strip(), "type": device_type}).fetchone()
        device_id = int(row["id"]) if row else 0
        return device_id, _issue(connection, device_id)


def add_token(connection: Connection, device: str) -> tuple[int, str, str]:
    """Issue one more token for a device; return its id, its name and the token. Its other tokens stay valid."""
    device_id, name = named_device(connection, device)
    # A device has one password at the broker, and what uses it must go on.
    return device_id, name, _issue(connection, device_id, for_mqtt=False)


def rename_device(connection: Connection, device: str, name: str) -> None:
    """Rename a device. Raises UserError."""
    if not name.strip():
        raise UserError("A device needs a name.")
    device_id = find_device(connection, device)
    connection.execute(query("rename_device"), {"device_id": device_id, "name": name.strip()})


def set_published(connection: Connection, device_id: int, *, published: bool) -> bool:
    """Publish a device's readings, or withdraw them; return whether there is such a device.

    What is withdrawn is gone when this returns. What is published follows, the newest hours first.
    """
    values = {"device_id": device_id, "published": published}
    return connection.execute(query("set_device_published"), values).fetchone() is not None


def unpublished_among(connection: Connection, devices: Sequence[str]) -> list[str]:
    """Return the names of those devices, given by id or name, that are not published. Raises UserError."""
    named = dict(named_device(connection, device) for device in devices)
    published = {row["id"] for row in list_devices(connection) if row["published"]}
    return [name for device_id, name in named.items() if device_id not in published]


def rotate_token(connection: Connection, device: str) -> tuple[int, str]:
    """Revoke a device's tokens and issue a new one."""
    with connection.transaction():
        device_id = revoke_tokens(connection, device)
        return device_id, _issue(connection, device_id)


def revoke_tokens(connection: Connection, device: str) -> int:
    """Revoke a device's tokens; return its id. Raises UserError if there is no such device."""
    device_id = find_device(connection, device)
    connection.execute(query("revoke_tokens"), {"device_id": device_id})
    return device_id


def set_payload_key(connection: Connection, device: str, key: str) -> int:
    """Store the key that a device's app encrypts its payloads with; return the device's id. Raises UserError."""
    if not key:
        raise UserError("The key is empty.")
    device_id = find_device(connection, device)
    connection.execute(query("set_payload_key"), {"device_id": device_id, "key": key})
    return device_id


def remove_payload_key(connection: Connection, device: str) -> int:
    """Delete a device's key; return the device's id. Raises UserError."""
    device_id = find_device(connection, device)
    connection.execute(query("remove_payload_key"), {"device_id": device_id})
    return device_id


def find_device(connection: Connection, device: str) -> int:
    """Return the id of a device, given by its id or name. Raises UserError if there is none."""
    return named_device(connection, device)[0]


def named_device(connection: Connection, device: str) -> tuple[int, str]:
    """Return the id and the name of a device, given by either. Raises UserError if there is none."""
    found = connection.execute(query("find_device"), {"device": device}).fetchone()
    if not found:
        raise UserError(f"There is no device {device!r}. 'iot-hub device list' shows all.")
    return int(found["id"]), str(found["name"])


def list_devices(connection: Connection) -> list[dict[str, Any]]:
    """List all devices."""
    return connection.execute(query("list_devices")).fetchall()


def list_devices_and_tokens(connection: Connection) -> list[dict[str, Any]]:
    """List all devices by name, with their newest event's time and the number of their valid tokens."""
    return connection.execute(query("devices_and_tokens")).fetchall()


def device_types(connection: Connection) -> list[str]:
    """List the types that a device may have."""
    return [row["value"] for row in connection.execute(query("device_types"))]


def _issue(connection: Connection, device_id: int, *, for_mqtt: bool = True) -> str:
    token = new_token()
    values = {
        "device_id": device_id,
        "token_hash": hash_token(token.encode()),
        "mqtt_hash": hash_mqtt_password(token) if for_mqtt else None,
    }
    connection.execute(query("issue_token"), values)
    return token
