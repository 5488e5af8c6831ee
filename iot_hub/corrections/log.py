"""The log of corrections: made, previewed, and undone.

What they concern is derived again at once where it is short, and by the worker otherwise.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.corrections.correction import Correction, UnknownCorrectionError
from iot_hub.database.connections import scalar
from iot_hub.database.errors import is_passing
from iot_hub.database.queries import query

Connection = psycopg.Connection[DictRow]

MOST_LISTED = 10_000


@dataclass(frozen=True)
class Concerned:
    """What a correction concerns, as far as is known today."""

    fixes: int
    journeys: int
    days: int
    """In the owner's time zone."""


@dataclass(frozen=True)
class Changed:
    """A correction that was made or undone."""

    id: int
    is_derived: bool
    """Whether everything that it concerns is derived again; else the worker does it."""


def preview(connection: Connection, correction: Correction, zone: str) -> Concerned:
    """Count what a correction would concern, and change nothing."""
    row = connection.execute(query("preview_correction"), {"zone": zone, **asdict(correction)}).fetchone() or {}
    return Concerned(row.get("fixes", 0), row.get("journeys", 0), row.get("days", 0))


def make(connection: Connection, correction: Correction) -> Changed:
    """Make a correction."""
    row = connection.execute(query("make_correction"), asdict(correction)).fetchone() or {}
    return Changed(row["id"], _settle(connection, correction.device_id, correction.since, correction.until))


def undo(connection: Connection, number: int | None = None) -> Changed:
    """Undo a correction, by default the newest. Raises UnknownCorrectionError if there is none to undo."""
    row = connection.execute(query("undo_correction"), {"id": number}).fetchone()
    if row is None:
        raise UnknownCorrectionError(
            "There is nothing to undo." if number is None else f"There is no correction {number} to undo."
            " 'iot-hub edit log' lists all."
        )  # fmt: skip
    return Changed(row["id"], _settle(connection, row["device_id"], row["since"], row["until"]))


def listed(connection: Connection, device_id: int | None = None) -> list[dict[str, Any]]:
    """List corrections, the newest first."""
    asked = {"devices": None if device_id is None else [device_id], "most": MOST_LISTED}
    return connection.execute(query("list_corrections"), asked).fetchall()


def _settle(connection: Connection, device_id: int, since: datetime | None, until: datetime | None) -> bool:
    if since is None or until is None:
        return False
    stretch = {"device_id": device_id, "since": since, "until": until}
    try:
        return bool(scalar(connection, query("settle_correction"), stretch))
    except psycopg.Error as error:
        # The correction is safe already; the worker derives what it concerns.
        if not is_passing(error):
            raise
        return False
