"""One PostgreSQL, many that want it: commands, a hub that starts, a hub whose server crashed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from hub_process import Hub, free_port, hub_environment, post, running_hub
from prepared_home import copy_prepared_home
from waiting import wait_until

from iot_hub.database.connections import connect, owner_conninfo, scalar
from iot_hub.errors import UserError
from iot_hub.operations import postgres_server
from iot_hub.operations.postgres_cluster import Cluster
from iot_hub.operations.postgres_server import running_server
from iot_hub.operations.up import run_hub
from iot_hub.settings import Settings

pytestmark = pytest.mark.hub

HOLD_THE_SERVER = """
import sys
from iot_hub.operations.postgres_server import running_server
from iot_hub.settings import settings
with running_server(settings()):
    print("has it", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def long_command(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A command that uses the database until its input ends."""
    command = [sys.executable, "-c", HOLD_THE_SERVER]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == "has it\n"
            yield process
        finally:
            process.kill()


def prepared_settings(home: Path) -> Settings:
    copy_prepared_home(home)
    return Settings(home=home)


def server_of(hub: Hub) -> set[int]:
    return hub.pids("bin/postgres -D")


def server_log(home: Path) -> str:
    return (home / "log" / "postgresql.log").read_text()


@contextlib.contextmanager
def posting(hub: Hub, device: dict[str, Any]) -> Iterator[list[int]]:
    """Post one event after the other; give the times of those that the hub acknowledged."""
    acknowledged: list[int] = []
    done = threading.Event()

    def post_all() -> None:
        for moment in range(1755861753, 1755961753):
            # With room for the programs that start: the machine has few cores.
            if done.wait(0.02):
                return
            with contextlib.suppress(httpx.TransportError):
                if post(hub, device, moment, latitude=52.2, longitude=21.0).is_success:
                    acknowledged.append(moment)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(post_all)
        try:
            yield acknowledged
        finally:
            done.set()
    running.result()


def stored(hub: Hub) -> list[int]:
    with psycopg.connect(hub.command("db", "url").stdout.strip()) as owner:
        found = owner.execute(
            "SELECT extract(epoch FROM device_time)::bigint FROM iot_personal_hub.raw_devices_properties ORDER BY 1"
        )
        return [moment for (moment,) in found]


def test_commands_wait_for_the_hubs_own_server_when_it_has_crashed() -> None:
    with running_hub() as hub:
        device = json.loads(hub.command("device", "add", "My phone", "--json").stdout)
        with posting(hub, device) as acknowledged, ThreadPoolExecutor(2) as pool:
            for _ in range(2):
                [postmaster] = server_of(hub)
                os.kill(postmaster, signal.SIGKILL)
                listed = list(pool.map(lambda _: hub.command("device", "list", "--json"), range(2)))
                assert [json.loads(done.stdout)[0]["name"] for done in listed] == ["My phone"] * 2
                assert server_of(hub) - {postmaster}
        assert acknowledged
        wait_until(lambda: set(stored(hub)) >= set(acknowledged))
        assert len(stored(hub)) == len(set(stored(hub)))
        assert "lock file" not in server_log(Path(hub.environment["IOT_HUB_HOME"]))


def test_a_hub_that_starts_waits_for_a_command_that_has_the_server(tmp_path: Path) -> None:
    copy_prepared_home(tmp_path / "hub")
    environment = hub_environment(str(tmp_path / "hub"), free_port())
    with long_command(environment) as command:
        starting = subprocess.Popen(
            [sys.executable, "-m", "iot_hub", "up"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        hub = Hub(environment, starting, f"http://127.0.0.1:{environment['IOT_HUB_PORT']}")
        try:
            assert starting.stdout
            assert starting.stdout.readline().startswith("Waiting for a command that is using the database")
            assert hub.children() == {}
            # Others use the command's server meanwhile.
            hub.command("migrate")
            command.communicate("")
            assert command.returncode == 0
            wait_until(hub.ready, 60)
            assert server_of(hub)
            assert "lock file" not in server_log(tmp_path / "hub")
        finally:
            starting.send_signal(signal.SIGINT)
            starting.communicate(timeout=60)


def test_a_command_that_the_hub_serves_does_not_keep_the_hub_from_starting_again() -> None:
    with running_hub() as hub, long_command(hub.environment):
        hub.process.send_signal(signal.SIGINT)
        assert hub.process.wait(timeout=60) == 0
        with subprocess.Popen(
            [sys.executable, "-m", "iot_hub", "up"], env=hub.environment, stdout=subprocess.PIPE, text=True
        ) as again:
            wait_until(lambda: hub.ready() or again.poll() is not None, 60)
            again.send_signal(signal.SIGINT)
            assert "Waiting" not in again.communicate(timeout=60)[0]
            assert again.returncode == 0


def test_commands_that_start_and_stop_at_once_share_one_server(tmp_path: Path) -> None:
    settings = prepared_settings(tmp_path / "hub")

    def ask(_: int) -> object:
        with running_server(settings), connect(owner_conninfo(settings, "tests")) as owner:
            return scalar(owner, "SELECT 1")

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(ask, range(20))) == [1] * 20
    assert Cluster(settings).server_processes() == []
    assert "lock file" not in server_log(settings.home)


def test_the_command_that_started_the_server_ends_after_those_that_use_it(tmp_path: Path) -> None:
    settings = prepared_settings(tmp_path / "hub")
    with long_command({**os.environ, "IOT_HUB_HOME": str(settings.home)}) as starter:
        with running_server(settings), connect(owner_conninfo(settings, "tests")) as owner:
            assert starter.stdin
            assert starter.stderr
            starter.stdin.close()
            assert starter.stderr.readline().startswith("Waiting for another command")
            assert scalar(owner, "SELECT 1") == 1
        assert starter.wait(timeout=30) == 0
    assert Cluster(settings).server_processes() == []


def test_a_hub_is_refused_where_a_server_runs_that_no_command_answers_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = prepared_settings(tmp_path / "hub").model_copy(update={"port": free_port()})
    cluster = Cluster(settings)
    cluster.create()
    monkeypatch.setattr(postgres_server, "START_SECONDS", 0)
    with subprocess.Popen(cluster.command(), stderr=subprocess.DEVNULL) as foreign:
        wait_until(cluster.answers)
        with pytest.raises(UserError, match=f"Another PostgreSQL is running in {cluster.data}"):
            run_hub(settings, demo=False)
        foreign.send_signal(signal.SIGINT)
    postgres_server.wait_until_free(cluster)


def test_what_a_killed_command_leaves_is_waited_for(tmp_path: Path) -> None:
    settings = prepared_settings(tmp_path / "hub")
    with long_command({**os.environ, "IOT_HUB_HOME": str(settings.home)}) as command:
        left = set(Cluster(settings).server_processes())
        command.kill()
    with running_server(settings), connect(owner_conninfo(settings, "tests")) as owner:
        assert scalar(owner, "SELECT 1") == 1
        assert left
        assert not left & set(Cluster(settings).server_processes())


@pytest.mark.timeout(60)
def test_a_program_that_stays_connected_does_not_keep_a_command_from_ending(tmp_path: Path) -> None:
    settings = prepared_settings(tmp_path / "hub")
    with contextlib.ExitStack() as later:
        with running_server(settings):
            later.enter_context(contextlib.closing(connect(owner_conninfo(settings, "tests"))))
            ending = time.monotonic()
        assert time.monotonic() - ending < 20
