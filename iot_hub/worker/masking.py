"""Judges the history by the private areas of now, in steps, after a change of the areas has hidden it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.connections import scalar
from iot_hub.database.queries import query


@dataclass(frozen=True)
class MaskingProgress:
    """How far the history has been judged since a change of the areas. Until the end others see no readings."""

    judged: int
    positions: int
    silent_seconds: float | None
    """How long ago the last step was."""

    @property
    def percent(self) -> int:
        """Return the share that is judged, in percent: never 100, since there is more to do."""
        return min(99, 100 * self.judged // self.positions) if self.positions else 0


def masking_progress(connection: psycopg.Connection[DictRow]) -> MaskingProgress | None:
    """Return how far the history has been judged since a change of the areas; None when nothing is left to judge."""
    row = connection.execute(query("masking_progress")).fetchone()
    return MaskingProgress(row["judged"], row["fixes"], row["silent_seconds"]) if row else None


def mask_for(connection: psycopg.Connection[DictRow], seconds: float) -> bool:
    """Mask the history for about so long, each step in a transaction of its own. Return whether more may be left."""
    deadline = time.monotonic() + seconds
    while scalar(connection, query("mask_next_fixes")):
        if time.monotonic() >= deadline:
            return True
    return False
