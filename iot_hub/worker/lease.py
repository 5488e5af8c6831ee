"""The lease on refreshing roll-ups: held by the configured scheduler, or by the worker in its place."""

from __future__ import annotations

import psycopg
import structlog
from psycopg.rows import DictRow

from iot_hub.database.queries import query

log = structlog.get_logger()


class SchedulerLease:
    """The worker's view of the lease. The database decides who holds it; changes are logged."""

    def __init__(self) -> None:
        """Assume that the worker holds it: any other first answer is logged as a change."""
        self._holder = "worker"
        self._is_failover = False

    def held_by_worker(self, connection: psycopg.Connection[DictRow]) -> bool:
        """Return whether the worker is to refresh the roll-ups now."""
        now = connection.execute(query("roll_ups_by")).fetchone()
        assert now is not None  # noqa: S101 - a migrated database has the setting
        holder, configured = now["maker"], now["given_to"]
        is_failover = holder == "worker" != configured
        if is_failover and not self._is_failover:
            log.warning("roll_ups_taken_over", silent=configured, since=str(now["ran_at"]))
        elif holder != self._holder:
            log.info("roll_ups_handed_over", to=holder)
        self._holder, self._is_failover = holder, is_failover
        return self._holder == "worker"
