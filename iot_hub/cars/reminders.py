"""What is due for a car by distance or date: service, inspection, tyres."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.cars.entries import require_line, require_odometer, require_past
from iot_hub.database.queries import query
from iot_hub.errors import UserError

Connection = psycopg.Connection[DictRow]

LONGEST_NAME = 100


@dataclass(frozen=True)
class Reminder:
    """A service that is due again after a distance or a time, whichever is first."""

    device_id: int
    name: str
    done_on: date
    every_km: float | None = None
    every_months: int | None = None
    done_at_km: float | None = None


def add_reminder(connection: Connection, reminder: Reminder) -> int:
    """Add a reminder; return its number. Raises UserError where it would never be due."""
    if not reminder.name.strip():
        raise UserError("Give it a name, such as 'oil change'.")
    require_line(reminder.name, LONGEST_NAME)
    require_past(reminder.done_on, datetime.now(UTC))
    require_odometer(reminder.done_at_km)
    if reminder.every_km is None and reminder.every_months is None:
        raise UserError("Give a distance, a number of months, or both.")
    if reminder.every_km is not None and not 0 < reminder.every_km <= 1_000_000:
        raise UserError("The distance must be more than 0 and at most 1,000,000 km.")
    if reminder.every_months is not None and not 1 <= reminder.every_months <= 600:
        raise UserError("The number of months must be 1 to 600.")
    if reminder.every_km is not None and reminder.done_at_km is None:
        raise UserError("Give what the odometer showed when it was last done.")
    row = connection.execute(query("add_service_reminder"), vars(reminder)).fetchone()
    return int(row["id"]) if row else 0


def list_due(connection: Connection, device_id: int, today: date) -> list[dict[str, Any]]:
    """List what is due for a car, the soonest first: how far and how many days are left."""
    return connection.execute(query("services_due"), {"device": device_id, "today": today}).fetchall()


def mark_done(
    connection: Connection, device_id: int, reminder_id: int, done_on: date, done_at_km: float | None
) -> None:
    """Count a reminder from a new day, and from what the odometer showed on it. Raises UserError."""
    require_past(done_on, datetime.now(UTC))
    require_odometer(done_at_km)
    given = {"device": device_id, "id": reminder_id, "done_on": done_on, "done_at_km": done_at_km}
    _change(connection, "mark_service_done", given)


def remove_reminder(connection: Connection, device_id: int, reminder_id: int) -> None:
    """Remove a reminder. Raises UserError where there is none."""
    _change(connection, "remove_service_reminder", {"device": device_id, "id": reminder_id})


def _change(connection: Connection, statement: str, given: dict[str, object]) -> None:
    if connection.execute(query(statement), given).fetchone() is None:
        raise UserError(f"There is no reminder {given['id']}. 'iot-hub car due' shows all.")
