"""The log of corrections of drives: made, previewed, and undone. Drives follow at once, or by the worker."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from iot_hub.corrections.correction import UnknownCorrectionError
from iot_hub.corrections.drive_correction import DriveCorrection
from iot_hub.corrections.log import Changed
from iot_hub.database.connections import scalar
from iot_hub.database.errors import is_passing
from iot_hub.database.queries import query

Connection = psycopg.Connection[DictRow]

MOST_LISTED = 10_000


@dataclass(frozen=True)
class ConcernedDrives:
    """What a correction concerns, as far as is known today."""

    drives: int
    distance_m: float | None
    """Together; None: not known."""
    days: int
    """In the owner's time zone."""


def preview(connection: Connection, correction: DriveCorrection, zone: str) -> ConcernedDrives:
    """Count what a correction would concern, and change nothing."""
    row = connection.execute(query("preview_drive_correction"), {"zone": zone, **asdict(correction)}).fetchone() or {}
    return ConcernedDrives(row.get("drives", 0), row.get("distance_m"), row.get("days", 0))


def make(connection: Connection, correction: DriveCorrection) -> Changed:
    """Make a correction."""
    row = connection.execute(query("make_drive_correction"), asdict(correction)).fetchone() or {}
    until = correction.until or correction.since
    return Changed(row["id"], _settle(connection, correction.device_id, correction.kind, correction.since, until))


def undo(connection: Connection, number: int | None = None) -> Changed:
    """Undo a correction, by default the newest. Raises UnknownCorrectionError if there is none to undo."""
    row = connection.execute(query("undo_drive_correction"), {"id": number}).fetchone()
    if row is None:
        raise UnknownCorrectionError(
            "There is nothing to undo." if number is None else f"There is no correction {number} to undo."
            " 'iot-hub drives log' lists all."
        )  # fmt: skip
    return Changed(row["id"], _settle(connection, row["device_id"], row["kind"], row["since"], row["until"]))


def listed(connection: Connection, device_id: int | None = None) -> list[dict[str, Any]]:
    """List corrections, the newest first."""
    asked = {"devices": None if device_id is None else [device_id], "most": MOST_LISTED}
    return connection.execute(query("list_drive_corrections"), asked).fetchall()


def _settle(connection: Connection, device_id: int, kind: str, since: datetime, until: datetime) -> bool:
    if kind in ("name", "purpose"):
        # They are looked up.
        return True
    stretch = {"device_id": device_id, "since": since, "until": until}
    try:
        return bool(scalar(connection, query("settle_drive_correction"), stretch))
    except psycopg.Error as error:
        # The correction is safe already; the worker derives what it concerns.
        if not is_passing(error):
            raise
        return False
