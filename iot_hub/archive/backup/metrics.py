"""Metrics of the object storage: the age of the newest backup, whoever made it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge

from iot_hub.archive.backup.repository import newest_backup
from iot_hub.metrics.role_files import write_role
from iot_hub.settings import Settings


def measure_storage(settings: Settings) -> None:
    """Measure, and write a file for ``/metrics``. Raises ObjectStoreError where the storage is away."""
    registry = CollectorRegistry()
    if newest := newest_backup(settings):
        made_at = Gauge(
            "iot_hub_backup_newest_timestamp_seconds", "When the newest backup was made.", registry=registry
        )
        made_at.set(newest.made_at.timestamp())
        size = Gauge("iot_hub_backup_newest_size_bytes", "Size of the newest backup.", registry=registry)
        size.set(newest.bytes)
    write_role(settings.home, "storage", registry)
