"""The fuel log: what was bought, and what a car has used from one full tank to the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.cars.entries import require_line, require_money, require_odometer, require_past
from iot_hub.database.queries import query
from iot_hub.errors import UserError

Connection = psycopg.Connection[DictRow]

LEAST_LITRES, MOST_LITRES = 0.01, 5_000
LONGEST_NOTE = 200


@dataclass(frozen=True)
class Refuel:
    """Fuel that was bought for a car."""

    device_id: int
    refuelled_at: datetime
    litres: float
    odometer_km: float | None = None
    cost: Decimal | None = None
    is_full: bool = True
    note: str | None = None


def add_refuel(connection: Connection, refuel: Refuel) -> int:
    """Add a line to the fuel log; return its number. Raises UserError where a figure can't be right."""
    if not LEAST_LITRES <= refuel.litres <= MOST_LITRES:
        raise UserError(f"Fuel must be more than 0 and at most {MOST_LITRES:,} litres.")
    require_past(refuel.refuelled_at, datetime.now(UTC))
    require_odometer(refuel.odometer_km)
    require_money(refuel.cost)
    require_line(refuel.note, LONGEST_NOTE)
    around = connection.execute(query("odometer_around"), vars(refuel)).fetchone() or {}
    for said, other in (("less", around.get("before_km")), ("more", around.get("after_km"))):
        if refuel.odometer_km is not None and other is not None and (refuel.odometer_km < other) == (said == "less"):
            when = "before" if said == "less" else "after"
            raise UserError(f"That is {said} than the fuel log's {other:,.0f} km of {when}. Check both.")
    row = connection.execute(query("add_refuel"), vars(refuel)).fetchone()
    return int(row["id"]) if row else 0


def list_refuels(connection: Connection, device_id: int) -> list[dict[str, Any]]:
    """List a car's fuel log, newest first, with the consumption from one full tank to the next."""
    return connection.execute(query("list_refuels"), {"device": device_id}).fetchall()


def remove_refuel(connection: Connection, device_id: int, refuel_id: int) -> None:
    """Remove a line of the fuel log. Raises UserError where there is none."""
    _change(connection, "remove_refuel", device_id, refuel_id)


def restore_refuel(connection: Connection, device_id: int, refuel_id: int) -> None:
    """Restore a line that was removed. Raises UserError where there is none."""
    _change(connection, "restore_refuel", device_id, refuel_id)


def _change(connection: Connection, statement: str, device_id: int, refuel_id: int) -> None:
    if connection.execute(query(statement), {"device": device_id, "id": refuel_id}).fetchone() is None:
        raise UserError(f"There is no refuelling {refuel_id}. 'iot-hub car refuels' shows all.")
