"""The whole hub in the foreground: ``iot-hub up``."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import typer

from iot_hub import nginx
from iot_hub.area_suggestions import warning_before_publishing
from iot_hub.cluster import Cluster
from iot_hub.dashboard.command import owner_command
from iot_hub.errors import UserError
from iot_hub.home_locks import only_hub
from iot_hub.migrations import Migrated, migrate
from iot_hub.private_server import wait_until_free
from iot_hub.processes import NotReadyError, Processes, Ready, Role
from iot_hub.settings import Settings

LEAST_FREE_BYTES = 300_000_000


def run_hub(settings: Settings, *, demo: bool) -> int:
    """Run until Ctrl-C or SIGTERM; give the exit status. Raises UserError where it can't start."""
    with only_hub(settings.home, _tell_wait):
        check_port(settings)
        check_disk(settings.home)
        if not settings.database_url:
            wait_until_free(Cluster(settings))
        return asyncio.run(_Hub(settings, demo=demo).run())


class _Hub:
    def __init__(self, settings: Settings, *, demo: bool) -> None:
        self._settings = settings
        self._demo = demo
        self._api_port, self._dashboard_port, self._public_port = free_ports(3)
        log_folder = settings.home / "log"
        log_folder.mkdir(parents=True, exist_ok=True)
        self._processes = Processes(log_folder, os.environ, _say)

    async def run(self) -> int:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
            return 0
        except NotReadyError as error:
            raise UserError(f"{error}\nThe logs are in {self._settings.home / 'log'}.") from error
        finally:
            starting.cancel()
            _say("Stopping …")
            await self._processes.stop()

    async def _start(self) -> None:
        if not self._settings.database_url:
            await self._start_database()
        done = await asyncio.to_thread(migrate, self._settings)
        _tell_migrated(done)
        if warning := await asyncio.to_thread(warning_before_publishing, self._settings):
            _say(f"Warning: {warning}")
        own_api = _own("api", "--port", str(self._api_port), *(["--demo"] if self._demo else []))
        api = Role("api", own_api, ready=self._answers(self._api_port, "/readyz"))
        nginx_role = Role("nginx", self._write_nginx(), signal.SIGQUIT, self._answers(self._settings.port, "/healthz"))
        dashboard = Role("dashboard", tuple(owner_command(self._dashboard_port, demo=self._demo)))
        await asyncio.gather(
            self._processes.start(api), self._processes.start(Role("worker", _own("worker"))),
            self._processes.start(dashboard), *(self._processes.start(role) for role in self._public_dashboard()),
        )  # fmt: skip
        await self._processes.start(nginx_role)
        if self._demo:
            await self._start_demo()
        self._tell_address()

    def _public_dashboard(self) -> list[Role]:
        if self._settings.public_dashboard == "no":
            return []
        return [Role("public-dashboard", _own("dashboard", "--public", "--port", str(self._public_port)))]

    async def _start_database(self) -> None:
        cluster = Cluster(self._settings)
        if not (cluster.data / "PG_VERSION").exists():
            _say("Making a database of the hub's own …")
        await asyncio.to_thread(cluster.create)

        async def answers() -> bool:
            return await asyncio.to_thread(cluster.answers)

        # SIGINT: PostgreSQL's fast shutdown, which does not wait for clients to leave.
        await self._processes.start(Role("postgresql", tuple(cluster.command()), signal.SIGINT, answers))
        await asyncio.to_thread(cluster.create_database)

    async def _start_demo(self) -> None:
        url = f"http://127.0.0.1:{self._api_port}"
        await self._processes.start(Role("simulate", _own("simulate", "--days", "8", "--follow", "--url", url)))
        _say("Simulated phones and a sensor send a week of history now, then go on as the days do.")

    def _write_nginx(self) -> tuple[str, ...]:
        own = self._settings.home / "nginx"
        own.mkdir(parents=True, exist_ok=True)
        nginx.folder(self._settings).mkdir(parents=True, exist_ok=True)
        path = own / "nginx.conf"
        path.write_text(
            nginx.configuration(
                self._settings,
                api_port=self._api_port,
                dashboard_port=self._dashboard_port,
                public_port=None if self._settings.public_dashboard == "no" else self._public_port,
            )
        )
        return tuple(nginx.command(path))

    def _answers(self, port: int, path: str) -> Ready:
        host = self._settings.host if port == self._settings.port else "127.0.0.1"

        async def answers() -> bool:
            return await asyncio.to_thread(_answers_200, _reachable(host), port, path)

        return answers

    def _tell_address(self) -> None:
        settings = self._settings
        address = f"http://{_reachable(settings.host)}:{settings.port}"
        _say("")
        _say(f"  IoT Personal Hub is running:  {address}")
        _say("")
        _say(f"  Dashboard           {address}/")
        if settings.public_dashboard == "yes":
            _say(f"  Public dashboard    {address}/public/")
        _say(f"  API documentation   {address}/docs")
        _say("  Connect a phone     iot-hub device add 'My phone' --type smartphone")
        _say(f"  State and logs      {settings.home}")
        _say("")
        _say("  Ctrl-C stops everything.")


def _own(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "iot_hub", *arguments)


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


def _tell_wait() -> None:
    _say("Waiting for a command that uses the database; the hub starts when it is done …")


def _tell_migrated(done: Migrated) -> None:
    if done.applied:
        _say(f"The database is at {done.applied[-1]}.")
    if done.adopted:
        _say(
            "Adopted a database of the first beta: {events} events, {duplicates} repeated rows marked,"
            " {quarantined} rows in quarantine.".format(**done.adopted)
        )


def check_port(settings: Settings) -> None:
    """Raise UserError where the public port is taken or not allowed."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except PermissionError as error:
            raise UserError(f"Port {settings.port} needs root. Set IOT_HUB_PORT to one above 1023.") from error
        except OSError as error:
            raise UserError(
                f"Port {settings.port} on {settings.host} is taken or not there ({error.strerror})."
                f" Stop what uses it, or start with another: IOT_HUB_PORT={settings.port + 1}"
            ) from error


def check_disk(home: Path) -> None:
    """Raise UserError where the disk is too full to start on."""
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE_BYTES:
        raise UserError(
            f"Only {free // 1_000_000} MB are free in {home}; the hub needs {LEAST_FREE_BYTES // 1_000_000} MB to"
            " start. Free some, or set IOT_HUB_HOME to a folder on another disk."
        )


def free_ports(count: int) -> list[int]:
    """Find ports that nobody uses, for the processes behind nginx."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104


def _answers_200(host: str, port: int, path: str) -> bool:
    import http.client

    try:
        connection = http.client.HTTPConnection(host.strip("[]"), port, timeout=2)
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
