"""The worker's part in retention: has dropped days brought back when late events wait for them."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psycopg
import structlog
from psycopg.rows import DictRow

from iot_hub.database.connections import scalar
from iot_hub.database.queries import query
from iot_hub.worker.subprocess_job import Errand, hub_command

log = structlog.get_logger()

COMMAND = hub_command("retention", "bring-back")
REST_SECONDS = 600
"""After a failure: an archive that does not answer is asked, and told of, once in ten minutes."""


class BringBack:
    """Runs the command while there are days to bring back."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        """Take the command."""
        self._command = command
        self._errand = Errand()
        self._not_before = 0.0

    @property
    def running(self) -> bool:
        """Whether the command runs."""
        return self._errand.running

    def tick(self, connection: psycopg.Connection[DictRow]) -> None:
        """Start the command where it is needed, and tell of its failure."""
        if self._errand.running:
            self._look_after()
        elif time.monotonic() >= self._not_before and scalar(connection, query("any_day_to_restore")):
            self._errand.start(self._command)

    def stop(self) -> None:
        """End a running command; what it has not done yet is done later."""
        self._errand.stop()

    def _look_after(self) -> None:
        ended = self._errand.ended()
        if ended and ended.code != 0:
            self._not_before = time.monotonic() + REST_SECONDS
            log.error("dropped_days_not_brought_back", code=ended.code, said=ended.said)
