"""What the worker measures of its passes; nobody can ask it, so it leaves a file."""

from __future__ import annotations

import time
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from iot_hub.metrics.role_files import write_role
from iot_hub.worker.subprocess_job import Errand, hub_command

log = structlog.get_logger()

WRITE_SECONDS = 10
STORAGE_SECONDS = 3600
"""How often to look at the object storage: each look is a request that may cost money."""
START_SECONDS = 60
"""A hub that has just started has better things to do than to look there."""


class WorkMetrics:
    """The worker's metrics, and its look at the storage in a process apart."""

    def __init__(self, home: Path, look_after: float = START_SECONDS) -> None:
        """Take the hub's home, and after how many seconds the storage is first looked at."""
        self._home = home
        self._registry = CollectorRegistry()
        self._passes = Histogram(
            "iot_hub_roll_up_seconds",
            "Time that a pass of the worker over stale hours took.",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
            registry=self._registry,
        )
        self._marks = Counter("iot_hub_roll_up_marks_total", "Stale marks settled.", registry=self._registry)
        self._database_away = Counter(
            "iot_hub_worker_database_away_total", "Times that the worker lost the database.", registry=self._registry
        )
        self._alive = Gauge(
            "iot_hub_worker_pass_timestamp_seconds", "When the worker last ended a pass.", registry=self._registry
        )
        self._storage = Errand()
        self._write_at = 0.0
        self._storage_at = time.monotonic() + look_after

    def passed(self, marks: int, seconds: float) -> None:
        """Note a pass; one that found nothing to do tells only that the worker lives."""
        if marks:
            self._passes.observe(seconds)
            self._marks.inc(marks)
        self._alive.set_to_current_time()
        self.tick()

    def lost_database(self) -> None:
        """Note that the database is away."""
        self._database_away.inc()
        self.tick()

    def tick(self) -> None:
        """Write the file, and have the storage looked at, when it is time."""
        now = time.monotonic()
        if now < self._write_at:
            return
        self._write_at = now + WRITE_SECONDS
        write_role(self._home, "worker", self._registry)
        if self._storage.running:
            self._note_end()
        elif now >= self._storage_at:
            self._storage_at = now + STORAGE_SECONDS
            self._storage.start(hub_command("measure-storage"))

    def _note_end(self) -> None:
        ended = self._storage.ended()
        if ended and ended.code != 0:
            log.warning("storage_not_seen", code=ended.code, said=ended.said)

    def stop(self) -> None:
        """End a look at the storage that is under way."""
        self._storage.stop()
