"""Builds the world that a campaign breaks, and takes it down again."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from psycopg import conninfo

from chaos.clients import Client, Way
from chaos.clock import Clock
from chaos.faults import World
from chaos.hub import START_SECONDS, Hub, SecondReceiver, readiness
from chaos.ledger import Ledger
from chaos.proxy import Proxy
from chaos.storage import running_storage
from chaos.waiting import free_port, wait_for
from iot_hub.access.devices import add_device
from iot_hub.database.connections import connect, owner_conninfo, url
from iot_hub.settings import Settings

# Not /tmp, which may lie in memory: there fsync costs nothing.
DISK = "/var/tmp"
SMALL_DISK = "12m"
SMALL_SPOOL_BYTES = 400_000
"""The spool's bound where no small disk can be mounted: it is full within seconds."""
LARGE_SPOOL_BYTES = 50_000_000
BUCKET = str(Settings.model_fields["s3_bucket"].default)


def new_home() -> Path:
    """Make an empty state folder on a disk."""
    return Path(tempfile.mkdtemp(prefix="iot-hub-chaos-", dir=DISK))


@contextlib.contextmanager
def running_hub(home: Path, s3_endpoint: str | None = None, clock: Clock | None = None) -> Iterator[Hub]:
    """Run a hub around a block, by default with a folder for its archive and the true clock."""
    hub = Hub(home, s3_endpoint, clock)
    try:
        hub.start()
        yield hub
    finally:
        hub.stop()


@contextlib.contextmanager
def running_world(home: Path, ledger: Ledger, longest_stop: float, pause: float) -> Iterator[World]:
    """Run a hub, an object storage, a second receiver behind a proxy, and make the clients."""
    clock = Clock(home / "clock")
    with (
        running_storage(BUCKET) as storage,
        running_hub(home, storage.endpoint, clock) as hub,
        small_disk(home / "second" / "spool") as disk,
        running_proxy(hub) as proxy,
        running_receiver(home, hub, proxy, clock, LARGE_SPOOL_BYTES if disk else SMALL_SPOOL_BYTES) as receiver,
    ):
        clients = make_clients(hub, receiver, ledger, pause)
        yield World(hub, receiver, proxy, storage, clock, clients, disk, longest_stop)


@contextlib.contextmanager
def running_proxy(hub: Hub) -> Iterator[Proxy]:
    """Run a proxy before the hub's database around a block."""
    proxy = Proxy(free_port(), hub.settings.socket_folder / ".s.PGSQL.5432")
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


@contextlib.contextmanager
def running_receiver(home: Path, hub: Hub, proxy: Proxy, clock: Clock, spool_bytes: int) -> Iterator[SecondReceiver]:
    """Run a second receiver, which reaches the hub's database through the proxy, around a block."""
    through_proxy = conninfo.make_conninfo(owner_conninfo(hub.settings, "chaos"), host="127.0.0.1", port=proxy.port)
    log = hub.log_folder / "second.log"
    receiver = SecondReceiver(home / "second", url(through_proxy), log, spool_bytes, clock)
    receiver.start()
    try:
        wait_for(lambda: readiness(receiver.port) is not None, START_SECONDS, "the second receiver is ready")
        yield receiver
    finally:
        receiver.stop()


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """Mount a disk of a few megabytes on a folder; None where that is not allowed."""
    folder.mkdir(parents=True)
    options = f"size={SMALL_DISK},mode=0700"
    mounted = os.geteuid() == 0 and not _run("mount", "-t", "tmpfs", "-o", options, "iot-hub-chaos", str(folder))
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            _run("umount", "--lazy", str(folder))


def _run(*command: str) -> int:
    return subprocess.run(command, capture_output=True).returncode


def make_clients(hub: Hub, receiver: SecondReceiver, ledger: Ledger, pause: float) -> list[Client]:
    """Make a device and a client for every way in. A pause is in seconds, the mean between two single events."""
    ways = (
        Way("singles through nginx", lambda: hub.port, pause_seconds=pause),
        Way("packed batches through nginx", lambda: hub.port, batch=40, packed=True, pause_seconds=0.3),
        Way("the first beta's path", lambda: hub.port, path="/mobile_location", pause_seconds=pause),
        Way("singles to the API", lambda: hub.api_port, pause_seconds=pause),
        Way("batches to the API", lambda: hub.api_port, batch=25, pause_seconds=0.2),
        Way("singles to the second receiver", lambda: receiver.port, pause_seconds=pause),
        Way("batches to the second receiver", lambda: receiver.port, batch=25, pause_seconds=0.2),
    )
    with connect(owner_conninfo(hub.settings, "iot-hub chaos")) as connection:
        devices = [add_device(connection, way.name, "smartphone") for way in ways]
    return [
        Client(index, device_id, token, way, ledger)
        for index, (way, (device_id, token)) in enumerate(zip(ways, devices, strict=True))
    ]
