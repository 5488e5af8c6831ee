"""Programs are replaced beneath a hub that runs, as an upgrade of the system does: nothing is refused or lost."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hub_process import START_SECONDS, Hub, events_listed, free_port, hub_environment
from older_postgresql import OlderPostgresql
from paths import memory_folder
from prepared_home import copy_prepared_home
from waiting import wait_until

from iot_hub.database.binaries import find_binaries
from iot_hub.operations.installation import PACKAGE
from iot_hub.operations.package_manager import LOCKS

CLIENTS = 4
EVENT = {"device_timestamp": 1_755_000_000, "properties": {"a": 1}}


def bind_mounts_work() -> bool:
    tried = ["unshare", "--mount", "sh", "-c", "mount --bind /var /mnt"]
    return os.geteuid() == 0 and subprocess.run(tried, capture_output=True).returncode == 0


pytestmark = [
    pytest.mark.hub,
    pytest.mark.skipif(not bind_mounts_work(), reason="a mount of the test's own takes root"),
]


@contextlib.contextmanager
def hub_on(replaced: dict[Path, Path], **settings: str) -> Iterator[Hub]:
    """A hub that sees other files or folders in the place of some; nobody else does."""
    with tempfile.TemporaryDirectory(prefix="hub-", dir=memory_folder(), ignore_cleanup_errors=True) as home:
        copy_prepared_home(Path(home))
        environment = hub_environment(home, free_port(), **settings)
        mounts = "".join(f"mount --bind '{there}' '{place}' && " for place, there in replaced.items())
        log = Path(home, "up.log")
        with log.open("wb") as said:
            process = subprocess.Popen(
                ["unshare", "--mount", "sh", "-c", f'{mounts}exec "$@"', "-", sys.executable, "-m", "iot_hub", "up"],
                env=environment, stdout=said, stderr=said, text=True,
            )  # fmt: skip
        scheme = "https" if "IOT_HUB_TLS" in settings else "http"
        hub = Hub(environment, process, f"{scheme}://127.0.0.1:{environment['IOT_HUB_PORT']}")
        try:
            wait_until(lambda: hub.ready() or process.poll() is not None, START_SECONDS)
            assert process.poll() is None, log.read_text()
            yield hub
        finally:
            process.terminate()
            process.wait(60)


def said_by(hub: Hub) -> str:
    return Path(hub.environment["IOT_HUB_HOME"], "up.log").read_text()


def inside(hub: Hub, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that sees what the hub sees."""
    return subprocess.run(
        ["nsenter", "--mount", f"--target={hub.process.pid}", sys.executable, "-m", "iot_hub", *arguments],
        env=hub.environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def doctor(hub: Hub, check: str) -> dict[str, str]:
    found: list[dict[str, str]] = json.loads(inside(hub, "doctor", "--json").stdout)
    return next(finding for finding in found if finding["check"] == check)


class Load:
    """Clients that send and ask without pause; each request is tried once."""

    def __init__(self, hub: Hub, *, kept_connections: int = 1) -> None:
        self._limits = httpx.Limits(max_keepalive_connections=kept_connections)
        device = json.loads(hub.command("device", "add", "My phone", "--json").stdout)
        self.answers: Counter[str] = Counter()
        self._url, self._token = hub.url, device["token"]
        self._times = itertools.count(1_755_000_000)
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    @property
    def kept(self) -> int:
        return self.answers["POST 200"] + self.answers["POST 202"]

    def _run(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.Client(base_url=self._url, timeout=60, limits=self._limits, headers=headers) as client:
            # Some forty times a second altogether, with room for the hub's processes to start.
            while not self._end.wait(0.1):
                event = {"device_timestamp": next(self._times), "properties": {"a": 1}}
                self._ask(client, "POST", "/v1/events", json=event)
                self._ask(client, "GET", "/readyz")

    def _ask(self, client: httpx.Client, method: str, path: str, **content: Any) -> None:
        try:
            self.answers[f"{method} {client.request(method, path, **content).status_code}"] += 1
        except httpx.TransportError as error:
            self.answers[f"{method} {error!r}"] += 1


@pytest.fixture
def older(tmp_path: Path) -> OlderPostgresql:
    # The server is no root, and has to pass.
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    return OlderPostgresql.of(find_binaries().folder.parent, tmp_path / "postgresql")


@pytest.mark.timeout(300)
def test_postgresql_upgraded_under_load_is_restarted_and_nothing_is_refused_or_lost(
    older: OlderPostgresql, tmp_path: Path
) -> None:
    locks = {lock: tmp_path / lock.name for lock in LOCKS}
    for lock in locks.values():
        lock.touch()
    with hub_on({older.installed: older.copy, **locks}) as hub:
        with Load(hub) as load:
            wait_until(lambda: load.answers["POST 200"] > 50)
            # As long as the package manager is at work the hub waits for it.
            with locks[LOCKS[0]].open("w") as held:
                fcntl.lockf(held, fcntl.LOCK_EX)
                older.upgrade("bin/postgres", "lib/plpgsql.so")
                broken = doctor(hub, "database")
                refused = inside(hub, "refresh", "--from", "2025-08-01", "--to", "2025-08-02")
                assert "PostgreSQL" not in said_by(hub)
            wait_until(lambda: "PostgreSQL now runs the installed version." in said_by(hub), 90)
            sent = load.kept
            wait_until(lambda: load.kept > sent + 50)
        assert broken["state"] == "problem"
        assert older.old_version in broken["message"]
        assert older.new_version in broken["message"]
        assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
        assert "can't load its libraries" in refused.stderr
        assert set(load.answers) <= {"POST 200", "POST 202", "GET 200"}, load.answers
        assert doctor(hub, "database")["state"] == "ok"
        wait_until(lambda: events_listed(hub) == [("My phone", load.kept)])
        assert "Traceback" not in said_by(hub)
        said = [line for line in said_by(hub).splitlines() if "PostgreSQL" in line]
        assert len(said) == 2, said


@pytest.mark.timeout(300)
def test_a_postgresql_that_does_not_start_is_told_in_one_line_and_started_when_it_is_whole(
    older: OlderPostgresql,
) -> None:
    with hub_on({older.installed: older.copy}) as hub:
        device = json.loads(hub.command("device", "add", "My phone", "--json").stdout)
        older.upgrade("lib/plpgsql.so")
        # Half of the upgrade: the server that is there does not load this library.
        wait_until(lambda: "PostgreSQL can't be restarted: " in said_by(hub), 90)
        [line] = [line for line in said_by(hub).splitlines() if "can't be restarted" in line]
        assert "apt-get install --reinstall postgresql-" in line
        with httpx.Client(base_url=hub.url, headers={"Authorization": f"Bearer {device['token']}"}) as phone:
            assert phone.post("/v1/events", json=EVENT).status_code == 202
        older.upgrade("bin/postgres")
        wait_until(lambda: "PostgreSQL now runs the installed version." in said_by(hub), 90)
        wait_until(lambda: events_listed(hub) == [("My phone", 1)])


@pytest.mark.timeout(300)
def test_nginx_replaced_under_load_refuses_no_connection(tmp_path: Path) -> None:
    nginx = Path(shutil.which("nginx", path="/usr/sbin:/usr/local/sbin") or "")
    folder = tmp_path / "sbin"
    shutil.copytree(nginx.parent, folder, symlinks=True)
    with hub_on({nginx.parent: folder}) as hub:
        before = {name: pid for pid, name in hub.children().items()}
        # An idle connection that is kept nginx closes when it ends, as its reload does; clients know that.
        with Load(hub, kept_connections=0) as load:
            wait_until(lambda: load.answers["POST 200"] > 50)
            shutil.copy2(nginx, folder / "nginx.dpkg-new")
            (folder / "nginx.dpkg-new").rename(folder / "nginx")
            wait_until(lambda: "nginx now runs the installed version." in said_by(hub), 90)
            sent = load.kept
            wait_until(lambda: load.kept > sent + 50)
        assert set(load.answers) == {"POST 200", "GET 200"}, load.answers
        masters = [pid for pid, line in hub.children().items() if "nginx: master" in line]
        assert len(masters) == 1
        assert masters[0] not in before.values()
        wait_until(lambda: events_listed(hub) == [("My phone", load.kept)])


@pytest.mark.timeout(300)
def test_the_hubs_own_package_replaced_under_load_is_taken_up_without_a_command(tmp_path: Path) -> None:
    copy = tmp_path / "iot_hub"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    with hub_on({PACKAGE: copy}) as hub:
        with Load(hub) as load:
            wait_until(lambda: load.answers["POST 200"] > 50)
            # As in the midst of an installation: what is there does not run.
            broken = (copy / "worker" / "worker.py").read_text()
            (copy / "worker" / "worker.py").write_text("import a_package_that_is_not_there_yet")
            wait_until(lambda: "The hub's own program can't be restarted: ModuleNotFoundError" in said_by(hub), 60)
            (copy / "worker" / "worker.py").write_text(broken)
            newer = copy / "__init__.py"
            newer.write_text(newer.read_text().replace("__version__ = ", '__version__ = "99.0" or '))
            wait_until(lambda: "The hub's own program now runs the installed version." in said_by(hub), 120)
            sent = load.kept
            wait_until(lambda: load.kept > sent + 50)
        assert set(load.answers) == {"POST 200", "GET 200"}, load.answers
        assert httpx.get(f"{hub.url}/healthz").json()["version"] == "99.0"
        wait_until(lambda: events_listed(hub) == [("My phone", load.kept)])


@pytest.mark.timeout(300)
def test_while_a_killed_nginx_is_started_again_connections_wait_for_it() -> None:
    with hub_on({}) as hub, Load(hub, kept_connections=0) as load:
        wait_until(lambda: load.answers["POST 200"] > 50)
        for pid in [pid for pid, line in hub.children().items() if "nginx: " in line]:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: "restarting it" in said_by(hub))
        sent = load.kept
        wait_until(lambda: load.kept > sent + 50)
        # What was under way broke; nothing was refused.
        assert not [answer for answer in load.answers if "ConnectError" in answer], load.answers


@pytest.mark.timeout(300)
def test_a_certificate_that_can_not_be_renewed_ends_no_hub_and_is_tried_again(tmp_path: Path) -> None:
    openssl = Path(shutil.which("openssl") or "")
    copy = tmp_path / "openssl"
    shutil.copy2(openssl, copy)
    with hub_on({openssl: copy}, IOT_HUB_TLS="self-signed") as hub:
        wait_until(lambda: "Ctrl-C stops everything." in said_by(hub))
        copy.write_text("#!/bin/sh\nexit 1\n")
        Path(hub.environment["IOT_HUB_HOME"], "tls", "key.pem").unlink()
        wait_until(lambda: "Not reloaded: openssl failed" in said_by(hub))
        assert hub.ready()
        copy.write_bytes(openssl.read_bytes())
        wait_until(lambda: "nginx uses the new certificate." in said_by(hub), 90)
        assert hub.ready()
