"""The rules: for how many days events of a device and a group stay in the database."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.access.devices import find_device
from iot_hub.database.queries import query
from iot_hub.errors import UserError

Connection = psycopg.Connection[DictRow]

MIN_DAYS = 7
"""Events a week late are usual; a day that has to be restored each night saves nothing."""

MAX_DAYS = 36_500


def set_rule(connection: Connection, days: int, device: str | None, family: str | None) -> None:
    """Set how long events of a device (None: of all) and a group (None: of all) stay.

    Raises UserError for an impossible number of days and an unknown device.
    """
    if not MIN_DAYS <= days <= MAX_DAYS:
        raise UserError(f"Keep raw events for {MIN_DAYS} to {MAX_DAYS} days, not {days}.")
    connection.execute(query("set_retention_rule"), {**_scope(connection, device, family), "days": days})


def remove_rule(connection: Connection, device: str | None, family: str | None) -> None:
    """Remove the rule of exactly that device and group. Raises UserError where there is none."""
    if not connection.execute(query("remove_retention_rule"), _scope(connection, device, family)).rowcount:
        raise UserError("There is no such rule. 'iot-hub retention list' shows all.")


def list_rules(connection: Connection) -> list[dict[str, Any]]:
    """List the rules; None stands for all devices, or all groups."""
    return connection.execute(query("list_retention_rules")).fetchall()


def _scope(connection: Connection, device: str | None, family: str | None) -> dict[str, Any]:
    if family == "":
        raise UserError("A family is a top-level key of properties, such as battery or location.")
    return {"device_id": find_device(connection, device) if device is not None else None, "family": family}
