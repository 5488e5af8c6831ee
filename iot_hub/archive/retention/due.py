"""Days with events that expire today by the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg.rows import DictRow

from iot_hub.archive.days import Day
from iot_hub.database.queries import query

Connection = psycopg.Connection[DictRow]


@dataclass(frozen=True)
class DueDay:
    """A day's expired events, and why they have to wait (None: they don't)."""

    day: Day
    events: int
    bytes: int
    waits: str | None


def due_days(connection: Connection, today: date) -> list[DueDay]:
    """Return the days with expired events, oldest first. ``today`` is the UTC date."""
    rows = connection.execute(query("days_due"), {"today": today})
    return [
        DueDay(Day(row["device_id"], row["date"]), row["events"], row["bytes"], _waits(row["spare"], row["stale"]))
        for row in rows
    ]


def _waits(spare: int, stale: bool) -> str | None:
    """Return what a day waits for. ``spare``: events in the archive, minus those in the database and dropped."""
    if spare < 0:
        return "the archive does not hold all of its events"
    return "its roll-ups are stale" if stale else None
