"""The worker's metrics. Nothing can scrape the worker, so it writes them to a file."""

from __future__ import annotations

import time
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from iot_hub.metrics.role_files import write_role
from iot_hub.worker.subprocess_job import SubprocessJob, hub_command

log = structlog.get_logger()

WRITE_SECONDS = 10
STORAGE_SECONDS = 3600
"""Interval between measurements of the object storage: each is a request that may cost money."""
START_SECONDS = 60
"""A hub that has just started has better things to do than to measure it."""


class WorkMetrics:
    """The worker's metrics, and those of the object storage, which a separate process measures."""

    def __init__(self, home: Path, measure_after: float = START_SECONDS) -> None:
        """Store the hub's home, and after how many seconds the storage is first measured."""
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
        self._storage = SubprocessJob()
        self._write_at = 0.0
        self._storage_at = time.monotonic() + measure_after

    def passed(self, marks: int, seconds: float) -> None:
        """Record a pass; one without work only shows that the worker is alive."""
        if marks:
            self._passes.observe(seconds)
            self._marks.inc(marks)
        self._alive.set_to_current_time()
        self.tick()

    def lost_database(self) -> None:
        """Record that the database is away."""
        self._database_away.inc()
        self.tick()

    def tick(self) -> None:
        """Write the file and start measuring the storage when they are due."""
        now = time.monotonic()
        if now < self._write_at:
            return
        self._write_at = now + WRITE_SECONDS
        write_role(self._home, "worker", self._registry)
        if self._storage.running:
            self._finish_measurement()
        elif now >= self._storage_at:
            self._storage_at = now + STORAGE_SECONDS
            self._storage.start(hub_command("measure-storage"))

    def _finish_measurement(self) -> None:
        result = self._storage.poll()
        if result and result.code != 0:
            log.warning("storage_not_seen", code=result.code, said=result.stderr_tail)

    def stop(self) -> None:
        """End a measurement that is under way."""
        self._storage.stop()
