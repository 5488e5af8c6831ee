"""The worker: keeps the roll-ups in step with the raw events."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import structlog
from psycopg import sql
from psycopg.rows import DictRow

from iot_hub.alerts.delivery import AlertDelivery
from iot_hub.database.connections import connect, owner_conninfo, scalar
from iot_hub.database.queries import query
from iot_hub.errors import DatabaseAwayError
from iot_hub.ingest.quarantine import TRIMMED_AT_ONCE, log_trimmed, trim_params
from iot_hub.settings import Settings
from iot_hub.waiting.stop_flag import StopFlag
from iot_hub.worker.alert_judging import AlertJudging
from iot_hub.worker.lease import SchedulerLease
from iot_hub.worker.masking import mask_for
from iot_hub.worker.metrics import WorkMetrics
from iot_hub.worker.nightly import nightly_schedule
from iot_hub.worker.restore_days_job import RestoreDaysJob
from iot_hub.worker.stay_naming import StayNaming

log = structlog.get_logger()

IDLE_SECONDS = 0.5
MAINTENANCE_SECONDS = 60
REST = 3
"""After a pass the worker rests this many times as long, a second at most: while events pour in,
storing them comes first."""
MASKING_SECONDS = 0.5
"""For how long a pass judges the history again after a change of the areas: fresh readings go on being rolled up."""
MASKING_REST_SECONDS = 0.05
JOURNEYS_GATHERED = timedelta(seconds=20)
"""How long fixes of a device are gathered before its journeys are derived again, which takes as long as some hours."""
DRIVES_GATHERED = timedelta(seconds=20)
"""How long readings of a car are gathered before its drive is derived again."""
CELLS_GATHERED = timedelta(minutes=5)
"""How long changes of a month's journeys are gathered: its cells are derived as a whole."""
NICENESS = 5
"""A third of an equal share of a busy processor, all of an idle one (sched(7))."""


@dataclass(frozen=True)
class PassResult:
    """What one pass did: stale marks worked off or due hours published, and seconds it took."""

    marks: int
    seconds: float


NOTHING = PassResult(0, 0.0)


class Worker:
    """Refreshes stale hours and journeys until stopped, unless a scheduler does."""

    def __init__(
        self, settings: Settings, find: Callable[[psycopg.Connection[DictRow]], list[str]] | None = None
    ) -> None:
        """Store the settings; run() connects. ``find`` returns which checks of the hub found something, for alerts."""
        self._conninfo = owner_conninfo(settings, "iot-hub worker")
        self._is_local_server = settings.database_url is None
        self._quarantine_bytes = settings.quarantine_bytes
        self._zone = settings.zone
        self._nightly = nightly_schedule(settings, datetime.now(settings.zone))
        self._restore_days = RestoreDaysJob()
        self._stay_naming = StayNaming()
        self._alerts = AlertJudging(find)
        self._alert_delivery = AlertDelivery(settings)
        self._lease = SchedulerLease()
        self._metrics = WorkMetrics(settings.home)
        self._stopping = StopFlag()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT, also while the database comes and goes."""
        self._stopping.set_on_signals(signal.SIGTERM, signal.SIGINT)
        log.info("worker_starts")
        self._alert_delivery.start()
        while not self._stopping.is_set():
            try:
                with connect(self._conninfo) as connection:
                    if self._is_local_server:
                        lower_priority(connection)
                    self._work(connection)
            except (DatabaseAwayError, psycopg.Error) as error:
                log.warning("database_away", error=type(error).__name__, sqlstate=getattr(error, "sqlstate", None))
                self._metrics.lost_database()
                self._stopping.wait(2)
        self._nightly.stop()
        self._restore_days.stop()
        self._alert_delivery.stop()
        self._metrics.stop()

    def _work(self, connection: psycopg.Connection[DictRow]) -> None:
        maintenance_at = 0.0
        is_masking = False
        while not self._stopping.is_set():
            if time.monotonic() > maintenance_at:
                trim_quarantine(connection, self._quarantine_bytes)
                pack_published_rows(connection)
                self._nightly.tick(datetime.now(self._zone))
                maintenance_at = time.monotonic() + MAINTENANCE_SECONDS
            self._restore_days.tick(connection)
            self._alerts.tick(connection)
            refreshed = derived = NOTHING
            if self._lease.held_by_worker(connection):
                refreshed = run_once(connection)
                # Those are the owner's alone, and can wait until others see anything again.
                if not is_masking:
                    derived = derive_owned(connection)
            self._stay_naming.tick(connection)
            self._metrics.passed(refreshed.marks, refreshed.seconds)
            # Whoever holds the lease: what is due by the minute can't wait for an hourly schedule. Until the history is
            # masked by changed areas nobody sees anything.
            is_masking = mask_for(connection, MASKING_SECONDS)
            published = shown = NOTHING
            if not is_masking:
                published = publish_due(connection)
                shown = derive_shown(connection)
            passed = (refreshed, derived, published, shown)
            worked = sum(part.seconds for part in passed)
            pause = worked * REST if any(part.marks for part in passed) else IDLE_SECONDS
            if is_masking:
                pause = MASKING_REST_SECONDS
            self._stopping.wait(min(max(pause, 0.05), 1.0))


def lower_priority(connection: psycopg.Connection[DictRow]) -> None:
    """Lower the priority of a connection's process in the private cluster, so that ingestion wins."""
    pid = connection.info.backend_pid
    # Not allowed everywhere: root in a container may not touch another user's process.
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    # Where Linux shares processors between sessions first (sched(7), autogroup), each backend is a
    # session of its own, and a process's niceness counts within it alone.
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(NICENESS))


def trim_quarantine(connection: psycopg.Connection[DictRow], most_bytes: int) -> int:
    """Delete the oldest rejected payloads where there are too many; log and return how many."""
    deleted = trimmed = log_trimmed(connection.execute(query("trim_quarantine"), trim_params(most_bytes)).fetchall())
    while trimmed == TRIMMED_AT_ONCE:
        trimmed = log_trimmed(connection.execute(query("trim_quarantine"), trim_params(most_bytes)).fetchall())
        deleted += trimmed
    return deleted


def run_once(connection: psycopg.Connection[DictRow]) -> PassResult:
    """Refresh stale hours, one batch at most."""
    started = time.monotonic()
    marks = scalar(connection, query("refresh_stale_hours"))
    return PassResult(int(str(marks)), time.monotonic() - started)


def derive_journeys(connection: psycopg.Connection[DictRow]) -> PassResult:
    """Derive journeys from fixes that have changed, one batch at most."""
    started = time.monotonic()
    marks = scalar(connection, query("refresh_stale_journeys"), {"gathered": JOURNEYS_GATHERED})
    return PassResult(int(str(marks)), time.monotonic() - started)


def derive_owned(connection: psycopg.Connection[DictRow]) -> PassResult:
    """Derive a batch of the owner's journeys and drives, and the cells of a month, which need not wait for them."""
    derived = derive_journeys(connection), derive_drives(connection), derive_map_cells(connection)
    return PassResult(sum(part.marks for part in derived), sum(part.seconds for part in derived))


def derive_drives(connection: psycopg.Connection[DictRow]) -> PassResult:
    """Derive drives and charges from a car's readings that have changed, one batch at most."""
    started = time.monotonic()
    marks = scalar(connection, query("refresh_stale_drives"), {"gathered": DRIVES_GATHERED})
    return PassResult(int(str(marks)), time.monotonic() - started)


def derive_map_cells(connection: psycopg.Connection[DictRow]) -> PassResult:
    """Derive the cells of a month whose journeys have changed."""
    started = time.monotonic()
    months = scalar(connection, query("refresh_stale_map_cells"), {"gathered": CELLS_GATHERED})
    return PassResult(int(str(months)), time.monotonic() - started)


def publish_due(connection: psycopg.Connection[DictRow]) -> PassResult:
    """Publish what has become due, one batch at most."""
    started = time.monotonic()
    hours = scalar(connection, query("publish_due_hours"))
    return PassResult(int(str(hours)), time.monotonic() - started)


def derive_shown(connection: psycopg.Connection[DictRow]) -> PassResult:
    """Derive from published fixes that have changed what others see of journeys, or a month of its cells."""
    started = time.monotonic()
    marks = scalar(connection, query("refresh_stale_shown_journeys"), {"gathered": JOURNEYS_GATHERED})
    marks = marks or scalar(connection, query("refresh_stale_shown_map_cells"), {"gathered": CELLS_GATHERED})
    return PassResult(int(str(marks)), time.monotonic() - started)


def pack_published_rows(connection: psycopg.Connection[DictRow]) -> None:
    """Pack the published tables where a change of the areas waits for it; try again later where they are being read."""
    with contextlib.suppress(psycopg.errors.LockNotAvailable, psycopg.errors.InsufficientPrivilege):
        if scalar(connection, query("pack_published_rows")):
            tables = [sql.SQL(row["name"]) for row in connection.execute(query("published_tables"))]
            connection.execute(sql.SQL(query("vacuum_published_rows")).format(tables=sql.SQL(", ").join(tables)))
