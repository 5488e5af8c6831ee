"""Discovered devices, as the owner decides about them: approved, ignored, or proposed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import psycopg
from psycopg.rows import DictRow

from iot_hub.access.devices import find_device
from iot_hub.database.queries import query
from iot_hub.errors import UserError

Connection = psycopg.Connection[DictRow]
Decision = Literal["approve", "ignore"]


def list_discovered(connection: Connection) -> list[dict[str, Any]]:
    """List all discovered devices, those to decide about first."""
    return connection.execute(query("list_discovered")).fetchall()


def without_parts(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the parts of devices that are listed; what waits of them counts with their whole."""
    listed = {row["identity"]: dict(row) for row in rows}
    for row in rows:
        whole, is_part, _ = row["identity"].partition("#")
        if is_part and whole in listed:
            listed[whole]["held_messages"] += row["held_messages"]
            del listed[row["identity"]]
    return list(listed.values())


def proposed_identities(connection: Connection) -> list[str]:
    """Return the identities that nobody has decided about, wholes before their parts."""
    return sorted(row["identity"] for row in list_discovered(connection) if row["status"] == "proposed")


def find_discovered(connection: Connection, name: str) -> str:
    """Return the identity of a discovered device, given by it or by its label. Raises UserError."""
    rows = connection.execute(query("find_discovered"), {"name": name}).fetchall()
    if not rows:
        raise UserError(f"No device {name!r} was discovered. 'iot-hub discovery list' shows all.")
    if len(rows) > 1 and rows[0]["identity"] != name:
        identities = ", ".join(row["identity"] for row in rows)
        raise UserError(f"Several devices are called {name!r}. Name one by its identity: {identities}.")
    return str(rows[0]["identity"])


def approve(connection: Connection, identity: str, *, name: str | None = None, into: str | None = None) -> int:
    """Approve a discovered device, as a new device or as one that is there; return its id. Raises UserError."""
    device_id = None if into is None else find_device(connection, into)
    params = {"identity": identity, "name": name, "device_id": device_id}
    with connection.transaction():
        row = connection.execute(query("approve_discovered"), params).fetchone()
        if row is None or row["device_id"] is None:
            raise UserError(f"No device {identity!r} was discovered.")
        # Its parts follow.
        connection.execute(query("apply_discovery_rules"))
    return int(row["device_id"])


def ignore(connection: Connection, identity: str) -> None:
    """Ignore a discovered device: what waits of it is dropped, and what comes."""
    with connection.transaction():
        connection.execute(query("ignore_discovered"), {"identity": identity})
        # Its parts follow.
        connection.execute(query("apply_discovery_rules"))


def would_delete(connection: Connection, decide: Callable[[], object]) -> int:
    """Return how many waiting messages a decision would delete, without making it."""
    with connection.transaction(force_rollback=True):
        decide()
        return sum(row["held_messages"] for row in list_discovered(connection) if row["status"] == "ignored")


def propose(connection: Connection, identity: str) -> None:
    """Withdraw a decision: what comes is held again. A device that it was approved as stays, with its events."""
    connection.execute(query("propose_discovered"), {"identity": identity})


def add_rule(connection: Connection, pattern: str, decision: Decision) -> int:
    """Decide about all devices whose identity or protocol matches a pattern, known or not. Raises UserError.

    Return the number of known ones that it decided about.
    """
    if not pattern.strip():
        raise UserError("A rule needs a protocol or a pattern of identities, such as zigbee2mqtt or tasmota/attic*.")
    with connection.transaction():
        connection.execute(query("add_discovery_rule"), {"pattern": pattern.strip(), "decision": decision})
        row = connection.execute(query("apply_discovery_rules")).fetchone()
    return int(row["apply_discovery_rules"]) if row else 0


def remove_rule(connection: Connection, pattern: str) -> None:
    """Remove a rule; what it decided stays. Raises UserError."""
    if connection.execute(query("remove_discovery_rule"), {"pattern": pattern}).fetchone() is None:
        raise UserError(f"There is no rule {pattern!r}. 'iot-hub discovery rules' shows all.")


def list_rules(connection: Connection) -> Sequence[dict[str, Any]]:
    """List the rules in the order in which they count."""
    return connection.execute(query("list_discovery_rules")).fetchall()


def assign_room(connection: Connection, device: str, room: str | None) -> int:
    """Assign a device to a room, or to none; return its id. Raises UserError."""
    device_id = find_device(connection, device)
    connection.execute(query("assign_room"), {"device_id": device_id, "room": (room or "").strip() or None})
    return device_id


def list_rooms(connection: Connection) -> list[str]:
    """List the rooms that are known, also of devices that nobody has decided about."""
    return [row["room"] for row in connection.execute(query("list_rooms")).fetchall()]
