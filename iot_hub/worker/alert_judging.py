"""Judges what was stored by the owner's rules, and writes what there is to tell into the outbox."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg
from psycopg.rows import DictRow

from iot_hub.database.connections import scalar
from iot_hub.database.queries import query

Connection = psycopg.Connection[DictRow]

PAUSE_SECONDS = 0.5
"""Between two looks at what was stored."""
SILENCE_SECONDS = 30.0
"""Between two looks at what has fallen silent: half an hour at least is normal for every device."""
CONDITIONS_SECONDS = 60.0
"""Between two looks at what is derived: drives and hours are gathered for as long."""
FINDINGS_SECONDS = 300.0
"""Between two checks of the hub itself."""
TRIM_SECONDS = 3600.0
"""Between two deletions of what is no longer needed."""


class AlertJudging:
    """Judges a little at each tick: after a restart it goes on where it was, which the database holds."""

    def __init__(self, find: Callable[[Connection], list[str]] | None = None) -> None:
        """Begin at the first tick. ``find`` returns which checks of the hub found something."""
        self._find = find
        self._due = self._silences_due = self._conditions_due = self._findings_due = self._trim_due = 0.0

    def tick(self, connection: Connection) -> int:
        """Write the notices that are due; return how many."""
        now = time.monotonic()
        if now < self._due:
            return 0
        written = int(str(scalar(connection, query("judge_alerts"))))
        if now >= self._silences_due:
            written += int(str(scalar(connection, query("judge_silences"))))
            self._silences_due = now + SILENCE_SECONDS
        if now >= self._conditions_due:
            findings = self._findings(connection, now)
            written += int(str(scalar(connection, query("judge_conditions"), {"findings": findings})))
            self._conditions_due = now + CONDITIONS_SECONDS
        if now >= self._trim_due:
            connection.execute(query("trim_alerts"))
            self._trim_due = now + TRIM_SECONDS
        self._due = time.monotonic() + PAUSE_SECONDS
        return written

    def _findings(self, connection: Connection, now: float) -> list[str] | None:
        """Check the hub where a rule is about it; None: not now."""
        if self._find is None or now < self._findings_due or not scalar(connection, query("has_hub_rules")):
            return None
        self._findings_due = now + FINDINGS_SECONDS
        return self._find(connection)
