"""The worker's part in retention: restores dropped days that late events wait for."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psycopg
import structlog
from psycopg.rows import DictRow

from iot_hub.database.connections import scalar
from iot_hub.database.queries import query
from iot_hub.worker.subprocess_job import SubprocessJob, hub_command

log = structlog.get_logger()

COMMAND = hub_command("retention", "bring-back")
RETRY_SECONDS = 600
"""After a failure: an archive that does not answer is asked, and logged, once in ten minutes."""


class RestoreDaysJob:
    """Runs the command while there are days to restore."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        """Store the command."""
        self._command = command
        self._job = SubprocessJob()
        self._not_before = 0.0

    @property
    def running(self) -> bool:
        """Whether the command runs."""
        return self._job.running

    def tick(self, connection: psycopg.Connection[DictRow]) -> None:
        """Start the command where it is needed, and log its failure."""
        if self._job.running:
            self._finish()
        elif time.monotonic() >= self._not_before and scalar(connection, query("any_day_to_restore")):
            self._job.start(self._command)

    def stop(self) -> None:
        """End a running command; what it has not done is done later."""
        self._job.stop()

    def _finish(self) -> None:
        result = self._job.poll()
        if result and result.code != 0:
            self._not_before = time.monotonic() + RETRY_SECONDS
            log.error("dropped_days_not_brought_back", code=result.code, said=result.stderr_tail)
