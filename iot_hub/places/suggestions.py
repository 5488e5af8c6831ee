"""Places to name: where devices have stayed twice or more, and no place of the address book is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.queries import query

MOST = 20


@dataclass(frozen=True)
class Suggestion:
    """Several stays within 50 m of one another: where, how often and how long, and the city."""

    latitude: float
    longitude: float
    visits: int
    hours: float
    last_visit: datetime
    city: str | None

    @property
    def command(self) -> str:
        """Return what names it."""
        return f"iot-hub place add NAME --at {self.latitude:.5f},{self.longitude:.5f}"

    def __str__(self) -> str:
        """Return it as one line."""
        where = f" in {self.city}" if self.city else ""
        return f"{self.visits} visits{where}, {self.hours:.0f} hours, the last one on {self.last_visit:%Y-%m-%d}"


def suggest_places(connection: psycopg.Connection[DictRow]) -> list[Suggestion]:
    """Return the places without a name where most time was spent, the longest first."""
    rows = connection.execute(query("suggest_places"), {"most": MOST})
    return [Suggestion(**row) for row in rows]
