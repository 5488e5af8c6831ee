"""A hub that is upgraded while devices send: they send a thing again until it is acknowledged."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
from hub_process import free_port
from installed_hub import Installation, clean_variables
from waiting import wait_until

FIRST_TIME = 1_755_861_753
SENDERS = 3
PAUSE_SECONDS = 0.03

BEFORE_MASKING_IN_STEPS = """
DO $$
DECLARE
    readings text;
BEGIN
    DROP TABLE iot_personal_hub.shown_journey_legs, iot_personal_hub.shown_journeys, iot_personal_hub.shown_map_cells,
        iot_personal_hub.stale_shown_journeys, iot_personal_hub.stale_shown_map_cells CASCADE;
    DROP FUNCTION iot_personal_hub.follow_shown_fixes CASCADE;
    FOR readings IN SELECT relname FROM pg_class WHERE relkind = 'r' AND starts_with(relname, 'shown_') LOOP
        EXECUTE format('DROP VIEW iot_personal_hub.%I CASCADE', replace(readings, 'shown_', 'published_'));
        EXECUTE format('ALTER TABLE iot_personal_hub.%I RENAME TO %I', readings, replace(readings, 'shown_', 'published_'));
    END LOOP;
    DROP TABLE iot_personal_hub.masking_jobs, iot_personal_hub.changed_zones;
    ALTER TABLE iot_personal_hub.published_settings DROP COLUMN readings_shown CASCADE, DROP COLUMN stays_shown CASCADE;
    ALTER TABLE iot_personal_hub.dim_blocked_areas DROP COLUMN core_radius_m;
END
$$
"""


@dataclass
class UpgradedHub:
    """A hub that runs from an installation of its own."""

    installation: Installation
    home: Path
    port: int = field(default_factory=free_port)

    @property
    def variables(self) -> dict[str, str]:
        # Whoever asks has no token that both versions know.
        return clean_variables(self.home, self.port) | {"IOT_HUB_PUBLIC_DASHBOARD": "yes"}

    def command(self, *arguments: str) -> str:
        return self.installation.hub(*arguments, environment=self.variables, folder=Path("/"))

    def version(self) -> str | None:
        """Ask the API for its version; None where nobody answers."""
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5, verify=False)
            return str(answer.json()["version"]) if answer.status_code == 200 else None
        return None

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Run ``iot-hub up`` of what is installed now; the log tells what it said."""
        self.home.mkdir(exist_ok=True)
        with (self.home / "up.log").open("ab") as log:
            command = [str(self.installation.program), "up"]
            process = subprocess.Popen(command, env=self.variables, cwd="/", stdout=log, stderr=log)
        try:
            wait_until(lambda: process.poll() is not None or self.version(), 90)
            assert process.poll() is None, (self.home / "up.log").read_text()
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.command("db", "url").strip(), autocommit=True)


class Sender(threading.Thread):
    """A device that sends numbered events, each until it is acknowledged, and reads what is published."""

    def __init__(self, hub: UpgradedHub, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._port = hub.port
        added = json.loads(hub.command("device", "add", name, "--json"))
        self.device_id = int(added["id"])
        self._headers = {"X-API-Key": added["token"], "Content-Type": "application/json"}
        self._stopping = threading.Event()
        self.acknowledged = 0
        self.failures: list[str] = []

    def run(self) -> None:
        for number in itertools.count():
            self._until_it_succeeds("POST", "/v1/events", event(number))
            self.acknowledged = number + 1
            if number % 3 == 0:
                self._until_it_succeeds("GET", "/v1/devices")
            if self._stopping.wait(PAUSE_SECONDS):
                return

    def stop(self) -> None:
        self._stopping.set()
        self.join()

    def _until_it_succeeds(self, method: str, path: str, body: bytes | None = None) -> None:
        while (outcome := self._outcome(method, path, body)) not in ("200", "202"):
            self.failures.append(f"{method} {path}: {outcome}")
            # Devices wait for minutes; a twentieth of a second asks more of the hub.
            self._stopping.wait(0.05)

    def _outcome(self, method: str, path: str, body: bytes | None) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, body, self._headers)
            response = connection.getresponse()
            answer = response.read().decode(errors="replace")
            return str(response.status) if response.status in (200, 202) else f"{response.status} {answer[:200]}"
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            connection.close()


def event(number: int) -> bytes:
    properties = {"number": number, "battery": {"remaining_percent": number % 100}}
    return json.dumps({"device_timestamp": FIRST_TIME + number, "properties": properties}).encode()


@contextlib.contextmanager
def load(hub: UpgradedHub) -> Iterator[list[Sender]]:
    """Have devices send all the while."""
    senders = [Sender(hub, f"phone {number}") for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        yield senders
    finally:
        for sender in senders:
            sender.stop()


def wait_for_more(senders: list[Sender], events: int = 50) -> None:
    """Wait until each device got further acknowledgements."""
    before = [sender.acknowledged for sender in senders]
    wait_until(lambda: all(now.acknowledged >= old + events for now, old in zip(senders, before, strict=True)), 60)


def failures(senders: list[Sender]) -> list[str]:
    return [failure for sender in senders for failure in sender.failures]
