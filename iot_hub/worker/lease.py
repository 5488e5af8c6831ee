"""Whose turn it is to make the roll-ups: the worker's, or that of the scheduler they were given to."""

from __future__ import annotations

import psycopg
import structlog
from psycopg.rows import DictRow

from iot_hub.database.queries import query

log = structlog.get_logger()


class Turn:
    """The worker's view of whose turn it is. The database decides; what changes is told."""

    def __init__(self) -> None:
        """Begin with nothing known: the first answer other than the ordinary one is told too."""
        self._maker = "worker"
        self._stands_in = False

    def is_the_workers(self, connection: psycopg.Connection[DictRow]) -> bool:
        """Ask whether the worker is to make the roll-ups now."""
        now = connection.execute(query("roll_ups_by")).fetchone()
        assert now is not None  # noqa: S101 - a migrated database has the setting
        stands_in = now["maker"] == "worker" != now["given_to"]
        if stands_in and not self._stands_in:
            log.warning("roll_ups_taken_over", silent=now["given_to"], since=str(now["ran_at"]))
        elif now["maker"] != self._maker:
            log.info("roll_ups_handed_over", to=now["maker"])
        self._maker, self._stands_in = now["maker"], stands_in
        return self._maker == "worker"
