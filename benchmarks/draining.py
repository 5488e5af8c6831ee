"""How soon the spool is empty after the database's return."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from hub_under_test import owner, running_api, running_worker, scratch_home, wait_until
from measured import Measured
from phone_events import BATCH, ndjson_body
from progress import say
from report import Row

from iot_hub.access.devices import add_device
from iot_hub.database.migrations import migrate
from iot_hub.operations.postgres_cluster import Cluster
from iot_hub.operations.postgres_server import running_server
from iot_hub.settings import Settings

FIRST_EVENT = 1_767_225_600  # 2026-01-01
MOST_SECONDS = 10.0

NOTES = [
    f"Draining: PostgreSQL is stopped, events are sent as NDJSON of {BATCH:,} and answered 202 from the spool;"
    " then PostgreSQL is started, and the time runs from its first accepted connection until `/readyz` shows an"
    " empty spool, the worker running. Spooling is timed from the first body to the last answer, one sender.",
]


def measure(*, quick: bool) -> Measured:
    """Fill the spool, bring the database back, and time the emptying."""
    batches = 10 if quick else 100
    with scratch_home() as home, contextlib.ExitStack() as roles:
        settings = Settings(home=home, time_zone="UTC", database_url=None, viewer_database_url=None)
        with running_server(settings):
            migrate(settings)
            with owner(settings) as connection:
                _, token = add_device(connection, "bench", "smartphone")
        with _database(settings):
            api = roles.enter_context(running_api(settings))
            roles.enter_context(running_worker(settings))
        bodies = [ndjson_body(FIRST_EVENT + n * BATCH) for n in range(batches)]
        spooling = _spool(api, token, bodies)
        say(f"{batches * BATCH:,} events spooled in {spooling:.1f} s; the database comes back …")
        with _database(settings):
            began = time.monotonic()
            wait_until(lambda: _spooled(api) == 0, 120)
            draining = time.monotonic() - began
    events = batches * BATCH
    reached = draining * 100_000 / events <= MOST_SECONDS
    return Measured(
        [
            Row(f"an empty spool after the database's return, {events:,} events", f"{draining:.1f} s", reach="≤ 10 s",
                reached=reached),
            Row("the same events into the spool, each body flushed to disk", f"{events / spooling:,.0f} events/s"),
        ],
        NOTES,
    )  # fmt: skip


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[None]:
    cluster = Cluster(settings)
    with cluster.log.open("ab") as log:
        server = subprocess.Popen(cluster.command(), stdout=log, stderr=log)
    try:
        wait_until(cluster.answers)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # Without waiting for the API to leave.
        server.wait()


def _spool(api: str, token: str, bodies: list[bytes]) -> float:
    connection = http.client.HTTPConnection(urlsplit(api).netloc)
    headers = {"X-API-Key": token, "Content-Type": "application/x-ndjson"}
    began = time.monotonic()
    for body in bodies:
        connection.request("POST", "/v1/events", body, headers)
        answer = connection.getresponse()
        if answer.status != 202:
            raise RuntimeError(f"answered {answer.status}, not 202")
        answer.read()
    return time.monotonic() - began


def _spooled(api: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(api).netloc)
    connection.request("GET", "/readyz")
    return int(json.loads(connection.getresponse().read())["spool"]["events"])
