"""The faults: what each does to the hub. A fault returns when the cause is gone; recovery comes after."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from chaos.clients import Client
from chaos.clock import Clock
from chaos.hub import Hub, SecondReceiver
from chaos.process_table import Process, is_gone
from chaos.proxy import Mode, Proxy
from chaos.storage import Storage
from chaos.waiting import wait_for

END_SECONDS = 30


@dataclass
class World:
    """Everything that a fault may touch."""

    hub: Hub
    receiver: SecondReceiver
    proxy: Proxy
    storage: Storage
    clock: Clock
    clients: Sequence[Client]
    small_disk: Path | None
    longest_stop: float
    """The longest time, in seconds, that something is away; one outage in fifty is that long."""


def _send(number: signal.Signals, processes: Sequence[Process]) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _end(processes: Sequence[Process], number: signal.Signals = signal.SIGKILL) -> None:
    """End processes and wait until they are gone, so that what is well afterwards is well again."""
    _send(number, processes)
    for process in processes:
        wait_for(functools.partial(is_gone, process), END_SECONDS, f"{process.role} ends")


def outage(world: World, random: Random) -> float:
    """Return how long something is unavailable, in seconds."""
    return world.longest_stop if random.random() < 0.02 else random.uniform(0.3, 3)


def api_killed(world: World, random: Random) -> None:
    """Kill the API (``kill -9``)."""
    _end([world.hub.leader("api")])


def api_restarted(world: World, random: Random) -> None:
    """Ask the API to end, as at an upgrade."""
    _end([world.hub.leader("api")], signal.SIGTERM)


def worker_killed(world: World, random: Random) -> None:
    """Kill the worker."""
    _end([world.hub.leader("worker")])


def nginx_killed(world: World, random: Random) -> None:
    """Kill nginx's master process, which leaves its workers behind."""
    _end([world.hub.leader("nginx")])


def nginx_worker_killed(world: World, random: Random) -> None:
    """Kill the process of nginx that holds the connections."""
    master = world.hub.leader("nginx")
    _end([process for process in world.hub.processes("nginx") if process.parent == master.pid])


def database_killed(world: World, random: Random) -> None:
    """Kill every process of PostgreSQL."""
    _end([world.hub.leader("postgresql"), *world.hub.processes("postgresql")])


def postmaster_killed(world: World, random: Random) -> None:
    """Kill PostgreSQL's first process alone; the others notice and end."""
    _end([world.hub.leader("postgresql")])


def backend_killed(world: World, random: Random) -> None:
    """Kill a connection's server process, at which PostgreSQL drops all others and recovers."""
    backends = [process for process in world.hub.processes("postgresql") if "iot_hub" in process.command]
    backends = [process for process in backends if process.parent != world.hub.pid]
    if backends:
        _end([random.choice(backends)])


def database_stopped(world: World, random: Random) -> None:
    """Stop PostgreSQL in its tracks, its connections open, and let it go on later."""
    leader = world.hub.leader("postgresql")
    stopped = [leader]
    try:
        _send(signal.SIGSTOP, stopped)
        # The first process stands still, so nothing new begins.
        stopped += [process for process in world.hub.processes("postgresql") if process.parent == leader.pid]
        _send(signal.SIGSTOP, stopped)
        time.sleep(outage(world, random))
    finally:
        _send(signal.SIGCONT, stopped)


def database_restarted(world: World, random: Random) -> None:
    """Shut PostgreSQL down as an administrator does it (fast)."""
    _end([world.hub.leader("postgresql")], signal.SIGINT)


def commits_cut(world: World, random: Random) -> None:
    """Break the second receiver's connections in the middle of commits."""
    world.proxy.cut_commits(random.randint(1, 4), random)
    deadline = time.monotonic() + 5
    while world.proxy.cuts_left and time.monotonic() < deadline:
        time.sleep(0.02)
    world.proxy.cut_commits(0, random)


def database_unreachable(world: World, random: Random) -> None:
    """Break the second receiver's connections and refuse new ones."""
    _through_proxy(world, "refuse", outage(world, random))


def database_silent(world: World, random: Random) -> None:
    """Leave the second receiver's connections open, and let nothing through."""
    _through_proxy(world, "hold", outage(world, random))


def _through_proxy(world: World, mode: Mode, seconds: float) -> None:
    try:
        world.proxy.set_mode(mode)
        time.sleep(seconds)
    finally:
        world.proxy.set_mode("pass")


def receiver_killed_while_spooling(world: World, random: Random) -> None:
    """Cut the second receiver off the database, and kill it while it spools."""
    try:
        world.proxy.set_mode("refuse")
        time.sleep(random.uniform(0.3, 1.5))
        world.receiver.kill()
        world.receiver.start()
        time.sleep(random.uniform(0, 3))
    finally:
        world.proxy.set_mode("pass")


def spool_disk_full(world: World, random: Random) -> None:
    """Cut the second receiver off the database, and fill the disk of its spool."""
    try:
        world.proxy.set_mode("refuse")
        time.sleep(random.uniform(0, 1))
        with _full_disk(world.small_disk):
            time.sleep(random.uniform(1, 3))
            if random.random() < 0.3:
                world.receiver.kill()
                world.receiver.start()
                time.sleep(2)
    finally:
        world.proxy.set_mode("pass")


@contextlib.contextmanager
def _full_disk(disk: Path | None) -> Iterator[None]:
    """Fill a small disk for the time of a block; without one, the spool's own bound has to do."""
    if disk is None:
        yield
        return
    ballast = disk / "ballast"
    try:
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        yield
    finally:
        ballast.unlink(missing_ok=True)


def clients_cut(world: World, random: Random) -> None:
    """Cut the clients' connections right after sending, before the answer."""
    for client in random.sample(list(world.clients), random.randint(1, len(world.clients))):
        client.cut_connections(random.randint(1, 5))
    time.sleep(0.5)
