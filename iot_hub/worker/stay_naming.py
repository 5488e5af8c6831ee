"""Names stays: the owner's places, cities and countries, a few at a time."""

from __future__ import annotations

import time

import psycopg
import structlog
from psycopg.rows import DictRow

from iot_hub.database.connections import scalar
from iot_hub.database.gazetteer import load_gazetteer
from iot_hub.database.queries import query

log = structlog.get_logger()

AT_ONCE = 200
"""Stays of one statement: less than half a second."""
PAUSE_SECONDS = 30.0
"""How long a new stay may wait for its name."""


class StayNaming:
    """Looks up stays that have no name yet. The world's cities are loaded once there is a stay to name."""

    def __init__(self) -> None:
        """Begin at the first tick."""
        self._due = 0.0

    def tick(self, connection: psycopg.Connection[DictRow]) -> int:
        """Name some stays if it is time; return how many."""
        if time.monotonic() < self._due:
            return 0
        named = name_stays(connection, AT_ONCE)
        self._due = time.monotonic() + (0 if named == AT_ONCE else PAUSE_SECONDS)
        return named


def name_stays(connection: psycopg.Connection[DictRow], most: int) -> int:
    """Name the newest stays without a name; return how many."""
    if not scalar(connection, query("has_unnamed_stay")):
        return 0
    if load_gazetteer(connection):
        log.info("gazetteer_loaded")
    row = connection.execute(query("name_stays"), {"most": most}).fetchone()
    return int(row["named"]) if row else 0
