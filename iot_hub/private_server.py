"""The private cluster's server, for as long as something needs it."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator

from iot_hub.cluster import Cluster
from iot_hub.errors import UserError
from iot_hub.settings import Settings

START_SECONDS = 60


@contextlib.contextmanager
def running_server(settings: Settings) -> Iterator[None]:
    """Have the hub's database answer: it does already, or it is started and stopped around the block."""
    if settings.database_url:
        yield
        return
    cluster = Cluster(settings)
    if cluster.answers():
        yield
        return
    cluster.create()
    with cluster.log.open("ab") as log:
        server = subprocess.Popen(cluster.command(), stdout=log, stderr=log, cwd="/")
    try:
        wait_for_server(cluster, server)
        cluster.create_database()
        yield
    finally:
        server.terminate()
        server.wait()


def wait_for_server(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers. Raises UserError, with its last words, if it never does."""
    deadline = time.monotonic() + START_SECONDS
    while not cluster.answers():
        if server.poll() is not None or time.monotonic() > deadline:
            raise UserError(f"PostgreSQL did not start: {cluster.last_words()} (more in {cluster.log})")
        time.sleep(0.05)
