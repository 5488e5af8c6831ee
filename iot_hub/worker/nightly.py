"""The hub's nightly schedule: archive and retention, then a backup and a scan of photos where the owner wants them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from iot_hub.settings import Settings
from iot_hub.worker.nightly_job import NightlyJob
from iot_hub.worker.subprocess_job import hub_command

LEFT_FREE_MB = 2000
"""A backup that nobody watches must leave room for events on a small disk."""


class NightlySchedule:
    """Nightly jobs, one after the other: two at once are too much for a small machine."""

    def __init__(self, jobs: Sequence[NightlyJob]) -> None:
        """Store the jobs in their order. One that fails does not keep the next from starting."""
        self._jobs = jobs

    @property
    def running(self) -> bool:
        """Whether a job runs."""
        return any(job.running for job in self._jobs)

    def tick(self, now: datetime) -> None:
        """Monitor the running job, or start the first that is due."""
        for job in [job for job in self._jobs if job.running] or self._jobs:
            job.tick(now)
            if job.running:
                return

    def stop(self) -> None:
        """End a running job."""
        for job in self._jobs:
            job.stop()


def nightly_schedule(settings: Settings, now: datetime) -> NightlySchedule:
    """Return the hub's nightly schedule, from the owner's time on."""
    jobs = [NightlyJob(settings.home / "archived", now)]
    if settings.nightly_backups:
        backup = hub_command(
            "backup", "--keep", str(settings.nightly_backups), "--leave-free", str(LEFT_FREE_MB)
        )  # fmt: skip
        jobs.append(NightlyJob(settings.home / "backed-up", now, [backup]))
    if settings.photos:
        jobs.append(NightlyJob(settings.home / "photos-scanned", now, [hub_command("photos", "scan")]))
    return NightlySchedule(jobs)
