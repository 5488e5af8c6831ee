"""Recomputing roll-ups over a range of hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
from psycopg.rows import DictRow

from iot_hub.errors import UserError
from iot_hub.queries import query


def months_between(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Cut a range at the starts of months (UTC), so that long work shows progress.

    Raises UserError where the range is empty.
    """
    if since >= until:
        raise UserError("--from must lie before --to.")
    cuts = []
    start = since.astimezone(UTC)
    end = until.astimezone(UTC)
    while start < end:
        next_month = (start.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(
            day=1
        )
        cuts.append((start, min(next_month, end)))
        start = next_month
    return cuts


def refresh_hours(connection: psycopg.Connection[DictRow], since: datetime, until: datetime) -> None:
    """Recompute the roll-ups of all devices, widened to whole hours."""
    connection.execute(query("refresh_hours"), {"from": since, "to": until})
