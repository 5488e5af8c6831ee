"""Metrics of the machine, measured at each scrape."""

from __future__ import annotations

import shutil
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric

from iot_hub import __version__
from iot_hub.metrics.families import gauge


def measure_machine(home: Path) -> list[Metric]:
    """Return the hub's version and the disk space of the state folder."""
    build = GaugeMetricFamily("iot_hub_build_info", "Always 1; the label has the hub's version.", labels=["version"])
    build.add_metric([__version__], 1)
    disk = shutil.disk_usage(home)
    return [
        build,
        gauge("iot_hub_home_free_bytes", "Free space on the disk of the state folder.", disk.free),
        gauge("iot_hub_home_size_bytes", "Size of the disk of the state folder.", disk.total),
    ]
