"""A database of the campaigns' own, which can be stopped and started."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from chaos.waiting import free_port, wait_for
from iot_hub.database.migrations import migrate
from iot_hub.operations.postgres_cluster import Cluster
from iot_hub.settings import Settings

START_SECONDS = 120.0


class Database:
    """A private PostgreSQL cluster as a process."""

    def __init__(self, settings: Settings) -> None:
        """Create the cluster in the settings' home."""
        self._cluster = Cluster(settings)
        self._cluster.create()
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self._cluster.log.open("ab") as log:
            self._server = subprocess.Popen(self._cluster.command(), stdout=log, stderr=log)
        wait_for(self._cluster.answers, START_SECONDS, "The database answers")

    def stop(self) -> None:
        """Stop it, whoever is connected."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(60)
            self._server = None


@contextlib.contextmanager
def running_database() -> Iterator[tuple[Settings, Database]]:
    """Run a migrated database in a home of its own."""
    with tempfile.TemporaryDirectory(prefix="mqtt-chaos-", ignore_cleanup_errors=True) as home:
        settings = Settings(home=Path(home), mqtt_port=free_port())
        database = Database(settings)
        try:
            database.start()
            Cluster(settings).create_database()
            migrate(settings)
            yield settings, database
        finally:
            database.stop()
