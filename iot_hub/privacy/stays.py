"""Whether others see stays, which the owner chooses: a friend's home or a doctor's is in no private area."""

from __future__ import annotations

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query

Connection = psycopg.Connection[DictRow]


def stays_are_shown(connection: Connection) -> bool:
    """Return whether others see published stays."""
    row = connection.execute(query("stays_shown")).fetchone()
    return bool(row and row["stays_shown"])


def show_stays(connection: Connection, *, shown: bool) -> None:
    """Show stays to others, or hide them, from the commit on."""
    connection.execute(query("show_stays"), {"shown": shown})
