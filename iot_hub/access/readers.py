"""Readers: programs that may read ``/v1``, each with a token and its grants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.access.devices import find_device
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.ingest.tokens import hash_token, new_token

Connection = psycopg.Connection[DictRow]

VIEWS = ("owner", "published")


def add_reader(connection: Connection, name: str, devices: Sequence[str] = (), view: str = "published") -> str:
    """Add a reader of the given devices, or of all, present and future; return its token.

    Only a hash of the token is stored. Raises UserError.
    """
    if not name.strip():
        raise UserError("A reader needs a name.")
    if view not in VIEWS:
        raise UserError(f"Unknown view {view!r}. Views: owner (everything), published (what others may see).")
    token = new_token()
    reader = {
        "token_hash": hash_token(token.encode()),
        "name": name.strip(),
        "view": view,
        "all_devices": not devices,
    }
    try:
        with connection.transaction():
            granted = [find_device(connection, device) for device in devices]
            row = connection.execute(query("add_reader"), reader).fetchone() or {}
            for device_id in granted:
                connection.execute(query("add_reader_device"), {"reader_id": row["id"], "device_id": device_id})
    except psycopg.errors.UniqueViolation as error:
        raise UserError(
            f"There is a reader {name.strip()!r} already. Revoke it first: iot-hub reader revoke {name.strip()!r}"
        ) from error
    return token


def list_readers(connection: Connection) -> list[dict[str, Any]]:
    """List all readers ever added, newest first."""
    return connection.execute(query("list_readers")).fetchall()


def revoke_reader(connection: Connection, name: str) -> None:
    """Revoke a reader's token: its next request is rejected. Raises UserError if there is none."""
    if connection.execute(query("revoke_reader"), {"name": name}).fetchone() is None:
        raise UserError(f"There is no reader {name!r} to revoke. 'iot-hub reader list' shows all.")
