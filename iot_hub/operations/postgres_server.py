"""The private cluster's server, for as long as something needs it.

While a hub runs in the home, the server is the hub's: a command waits for it, also where it has
just crashed and is being started again. Otherwise the first command starts one, others use it
meanwhile, and the first stops it when the others are done.
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
    """Have the hub's database answer: it does already, or it is started and stopped around the block.

    Raises UserError where it does not answer within a minute.
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
            # A hub that is started again must not wait for a command of the last one.
            lock.release()
        if cluster.answers():
            return
        if not hub_runs:
            lock.acquire_exclusive()
            # Between sharing and taking it another may have started a server, and a killed one's may be ending.
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
            # PostgreSQL's fast shutdown: a program that stays connected must not keep the command from ending.
            server.send_signal(signal.SIGINT)
            server.wait()


async def restart_server(cluster: Cluster, restart: Callable[[], Awaitable[None]]) -> None:
    """Restart a hub's server and make sure that its new connections work. Raises NotReadyError.

    What is not started is what would not start: the program that is there now is tried before the old one ends.
    """
    try:
        version = await asyncio.to_thread(cluster.binaries.full_version)
    except UserError as error:
        raise NotReadyError(str(error)) from error
    if version.partition(".")[0] != str(cluster.binaries.version):
        raise NotReadyError(f"PostgreSQL {version} is in the place of {cluster.binaries.version}.")
    await asyncio.to_thread(cluster.checkpoint)
    await restart()
    if reason := await asyncio.to_thread(cluster.connection_error):
        raise NotReadyError(reason)


def wait_until_free(cluster: Cluster) -> None:
    """Wait until no command uses a server of its own, and nothing of an earlier one is left.

    For a hub that holds its home, so that no command starts another. Raises UserError where some
    server stays that no command answers for.
    """
    deadline = time.monotonic() + START_SECONDS
    with contextlib.closing(ServerLock(cluster.home, _print_waiting)) as lock:
        lock.acquire_exclusive()
        while pids := cluster.server_processes():
            # It may be a command's, which is about to share the lock.
            lock.release()
            if time.monotonic() > deadline:
                raise UserError(f"Another PostgreSQL runs in {cluster.data} (process {min(pids)}). Stop it.")
            time.sleep(0.05)
            lock.acquire_exclusive()


def _wait_for_server(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not cluster.answers():
        if server.poll() is not None or time.monotonic() > deadline:
            raise UserError(f"PostgreSQL did not start: {cluster.last_error()} (more in {cluster.log})")
        time.sleep(0.05)


def _print_waiting() -> None:
    typer.echo("Waiting for another command that uses the database …", err=True)
