"""The price of electricity, from an instant on: at a place of the address book, or anywhere else."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.cars.entries import FIRST_YEAR, LAST_YEAR, require_money
from iot_hub.database.queries import query
from iot_hub.errors import UserError

Connection = psycopg.Connection[DictRow]

LEAST_A_KWH, MOST_A_KWH = Decimal("0.0001"), Decimal(10_000)


def add_price(connection: Connection, price_per_kwh: Decimal, since: datetime, place_id: int | None = None) -> int:
    """Add a price of a kilowatt-hour; return its number. Charges since then are priced by it, past ones too.

    Raises UserError for a price or a time that can't be right.
    """
    require_money(price_per_kwh)
    if price_per_kwh >= MOST_A_KWH or (price_per_kwh and price_per_kwh < LEAST_A_KWH):
        raise UserError(f"A kilowatt-hour costs 0, or {LEAST_A_KWH} to {MOST_A_KWH:,}.")
    if not FIRST_YEAR <= since.year <= LAST_YEAR:
        raise UserError(f"A price holds since a day of the years {FIRST_YEAR} to {LAST_YEAR}.")
    given = {"price": price_per_kwh, "since": since, "place": place_id}
    row = connection.execute(query("add_electricity_price"), given).fetchone()
    return int(row["id"]) if row else 0


def list_prices(connection: Connection) -> list[dict[str, Any]]:
    """List the prices that hold, by place, the newest of each first."""
    return connection.execute(query("list_electricity_prices")).fetchall()


def remove_price(connection: Connection, price_id: int) -> None:
    """Remove a price. Raises UserError where there is none."""
    if connection.execute(query("remove_electricity_price"), {"id": price_id}).fetchone() is None:
        raise UserError(f"There is no price {price_id}. 'iot-hub car prices' shows all.")
