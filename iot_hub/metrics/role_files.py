"""Metrics of the roles without a port: each writes a file, and the API serves all of them.

A file outlives a killed role and needs no port that others on the machine could read. A file that has
not been written for a while is left out, and only its age is exported: a gap beats a stale figure.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from iot_hub.files.private_files import make_folder, write_private

FOLDER = "metrics"
FRESH_SECONDS = 2 * 3600


def write_role(home: Path, role: str, registry: CollectorRegistry) -> None:
    """Write a role's metrics atomically. A disk that can't be written stops no work."""
    path = home / FOLDER / f"{role}.prom"
    with contextlib.suppress(OSError):
        make_folder(path.parent)
        write_private(path, generate_latest(registry))


def read_roles(home: Path) -> bytes:
    """Return what the roles wrote, and when each did so."""
    registry = CollectorRegistry()
    written = Gauge(
        "iot_hub_role_written_timestamp_seconds",
        "When a role last wrote its metrics.",
        ["role"],
        registry=registry,
    )
    parts: list[bytes] = []
    for path in sorted((home / FOLDER).glob("*.prom")):
        # The role may be replacing its file, or have been removed.
        with contextlib.suppress(OSError):
            at = path.stat().st_mtime
            written.labels(path.stem).set(at)
            if time.time() - at < FRESH_SECONDS:
                parts.append(path.read_bytes())
    return b"".join([*parts, generate_latest(registry)])
