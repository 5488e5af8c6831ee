"""The private cluster's server, while something needs it.

While a hub runs in the home, the server is the hub's, and a command waits for it, even while it restarts
after a crash. Otherwise, the first command starts a server, others use it too, and the first stops it when
the others are done.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator

import typer

from iot_hub.errors import UserError
from iot_hub.files.private_files import open_log
from iot_hub.operations.locks import ServerLock
from iot_hub.operations.postgres_cluster import Cluster
from iot_hub.operations.supervisor import NotReadyError
from iot_hub.settings import Settings

START_SECONDS = 60


@contextlib.contextmanager
def running_server(settings: Settings) -> Iterator[None]:
    """Ensure that the hub's database accepts connections; if needed, run a server for the duration of the block.

    Raises UserError if it does not within a minute.
    """
    if settings.database_url:
        yield
        return
    cluster = Cluster(settings)
    with contextlib.closing(ServerLock(settings.home, _print_waiting)) as lock, contextlib.ExitStack() as stack:
        _ensure_server(cluster, lock, stack)
        yield


def _ensure_server(cluster: Cluster, lock: ServerLock, stack: contextlib.ExitStack) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        lock.acquire_shared()
        hub_runs = lock.hub_runs()
        if hub_runs:
            # A restarting hub must not wait for a command that used the previous server.
            lock.release()
        if cluster.answers():
            return
        if not hub_runs:
            lock.acquire_exclusive()
            # The upgrade is not atomic: another may have started a server, and a killed one's may still be ending.
            if not lock.hub_runs() and not cluster.server_processes():
                stack.enter_context(_temporary_server(cluster, lock))
                return
        if time.monotonic() > deadline:
            raise UserError(f"The hub's database does not answer: {cluster.last_error()} (more in {cluster.log})")
        time.sleep(0.05)


@contextlib.contextmanager
def _temporary_server(cluster: Cluster, lock: ServerLock) -> Iterator[None]:
    cluster.create()
    with open_log(cluster.log) as log:
        server = subprocess.Popen(cluster.command(), stdout=log, stderr=log, cwd="/")
    try:
        _wait_for_server(cluster, server)
        cluster.create_database()
        lock.acquire_shared()
        yield
    finally:
        try:
            lock.acquire_exclusive()
        finally:
            # Fast shutdown: a program that stays connected must not keep the command from ending.
            server.send_signal(signal.SIGINT)
            server.wait()


async def restart_server(cluster: Cluster, restart: Callable[[], Awaitable[None]]) -> None:
    """Restart a hub's server and verify that new connections work. Raises NotReadyError.

    The installed program is tried first: if it does not even run, the old server stays.
    """
    try:
        version = await asyncio.to_thread(cluster.binaries.full_version)
    except UserError as error:
        raise NotReadyError(str(error)) from error
    if version.partition(".")[0] != str(cluster.binaries.version):
        raise NotReadyError(f"PostgreSQL {version} is installed in the place of {cluster.binaries.version}.")
    await asyncio.to_thread(cluster.checkpoint)
    await restart()
    if reason := await asyncio.to_thread(cluster.connection_error):
        raise NotReadyError(reason)


def wait_until_free(cluster: Cluster) -> None:
    """Wait until no command uses a server of its own, and no process of an earlier one is left.

    The caller holds the home, so that no command starts another. Raises UserError if an unknown server
    keeps running.
    """
    deadline = time.monotonic() + START_SECONDS
    with contextlib.closing(ServerLock(cluster.home, _print_waiting)) as lock:
        lock.acquire_exclusive()
        while pids := cluster.server_processes():
            # It may belong to a command that is about to acquire the lock shared.
            lock.release()
            if time.monotonic() > deadline:
                raise UserError(f"Another PostgreSQL is running in {cluster.data} (process {min(pids)}). Stop it.")
            time.sleep(0.05)
            lock.acquire_exclusive()


def _wait_for_server(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not cluster.answers():
        if server.poll() is not None or time.monotonic() > deadline:
            raise UserError(f"PostgreSQL did not start: {cluster.last_error()} (more in {cluster.log})")
        time.sleep(0.05)


def _print_waiting() -> None:
    typer.echo("Waiting for another command that is using the database …", err=True)
