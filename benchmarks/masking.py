"""A private area over two million positions: hidden with its commit, worked off by the worker, while events come in."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psycopg
from hub_under_test import owner, running_api, running_database, running_worker, wait_until
from measured import Measured
from phone_events import properties
from progress import say
from psycopg.rows import DictRow
from report import Row, milliseconds
from statements import statement

from iot_hub.access.devices import add_device
from iot_hub.worker.masking import masking_progress

EACH_SECONDS = 0.05
FIRST_EVENT = 1_767_225_600  # 2026-01-01
QUIET_SECONDS = 30
MOST_SECONDS_OF_COMMIT = 1
MOST_SECONDS_OF_TWO_MILLION = 60
MOST_SLOWER = 2
NOTES = [
    "Masking: one phone with a position every 30 seconds for two years, half of them at home, all published, put into"
    " the tables; another area is there already. An area is drawn around home while `iot-hub worker` runs and another"
    f" phone sends an event every {1000 * EACH_SECONDS:.0f} ms on one connection; worked off is when others see"
    f" readings again. The latencies without are of {QUIET_SECONDS} seconds before.",
]


@dataclass
class Sender:
    """Sends events one after the other, and notes how long each took."""

    api: str
    token: str
    stops: threading.Event = field(default_factory=threading.Event)
    seconds: list[tuple[float, float]] = field(default_factory=list)
    """When each was sent, and how long its answer took."""

    def run(self) -> None:
        """Send until stopped."""
        connection = http.client.HTTPConnection(urlsplit(self.api).netloc, timeout=60)
        headers = {"X-API-Key": self.token, "Content-Type": "application/json"}
        moment = FIRST_EVENT
        while not self.stops.wait(EACH_SECONDS):
            moment += 1
            body = f'{{"device_timestamp":{moment},"properties":{properties(moment)}}}'
            began = time.perf_counter()
            connection.request("POST", "/v1/events", body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"an event was answered {answer.status}")
            self.seconds.append((began, time.perf_counter() - began))
        connection.close()

    def p99(self, since: float, until: float) -> float:
        """Return the 99th percentile of the events sent between two instants."""
        found = sorted(seconds for began, seconds in self.seconds if since <= began < until)
        return found[int(len(found) * 0.99)]


def measure(*, quick: bool) -> Measured:
    """Draw an area, and wait until all is judged by it."""
    fixes = 100_000 if quick else 2_000_000
    with running_database() as settings, owner(settings) as connection:
        say(f"making {fixes:,} positions …")
        add_device(connection, "phone", "smartphone")
        connection.execute(statement("publish_devices"), {"published": True})
        connection.execute(statement("add_area_elsewhere"))
        connection.execute(statement("work_off_masking"))
        connection.execute(statement("generate_published_fixes"), {"fixes": fixes})
        connection.execute("VACUUM ANALYZE")
        _, token = add_device(connection, "sender", "smartphone")
        with running_api(settings) as api, running_worker(settings):
            sender = Sender(api, token)
            sending = threading.Thread(target=sender.run)
            sending.start()
            try:
                rows = _change(connection, sender, fixes)
            finally:
                sender.stops.set()
                sending.join()
    return Measured(rows, NOTES)


def _change(connection: psycopg.Connection[DictRow], sender: Sender, fixes: int) -> list[Row]:
    quiet = time.perf_counter()
    time.sleep(QUIET_SECONDS)
    say("drawing the area …")
    began = time.perf_counter()
    connection.execute(statement("add_area"))
    committed = time.perf_counter()
    wait_until(lambda: masking_progress(connection) is None, 1800)
    ended = time.perf_counter()
    without, during = sender.p99(quiet, began), sender.p99(began, ended)
    commit, worked_off = committed - began, ended - committed
    most = MOST_SECONDS_OF_TWO_MILLION * max(1.0, fixes / 2_000_000)
    return [
        Row(
            f"an area drawn over {fixes:,} positions: hidden everywhere", milliseconds(commit),
            reach=f"≤ {MOST_SECONDS_OF_COMMIT} s", reached=commit <= MOST_SECONDS_OF_COMMIT,
        ),
        Row("the same worked off", f"{worked_off:.1f} s", reach=f"≤ {most:.0f} s", reached=worked_off <= most),
        Row(
            "events stored meanwhile, 99th percentile, against before", milliseconds(during), milliseconds(without),
            f"{during / without:.2f}", f"≤ {MOST_SLOWER}", during <= MOST_SLOWER * without,
        ),
    ]  # fmt: skip
