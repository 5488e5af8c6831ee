"""The whole hub in the foreground: ``iot-hub up``."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import http.client
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import typer

from iot_hub.access.login import first_visit
from iot_hub.access.login.oidc import provider_of
from iot_hub.api.listening import open_socket
from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.migrations import Migrated, migrate
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.files.private_files import make_private_folder
from iot_hub.operations import installation, mosquitto, nginx
from iot_hub.operations.doctor import car_check
from iot_hub.operations.doctor.finding import DiagnosticContext
from iot_hub.operations.http_client import open_local_connection
from iot_hub.operations.locks import only_hub
from iot_hub.operations.memory_limit import enforce_memory_limit
from iot_hub.operations.nginx import certificate
from iot_hub.operations.postgres_cluster import Cluster
from iot_hub.operations.postgres_server import restart_server, wait_until_free
from iot_hub.operations.process_metrics import measure_processes
from iot_hub.operations.reload import Reloader
from iot_hub.operations.supervisor import NotReadyError, Role, Supervisor
from iot_hub.operations.upkeep import Component, Upkeep
from iot_hub.privacy.area_suggestions import warning_before_publishing
from iot_hub.privacy.exposure import Exposure, exposure_of
from iot_hub.settings import Settings
from iot_hub.worker.subprocess_job import hub_command

MIN_FREE_BYTES = 300_000_000
PREFLIGHT = (sys.executable, "-c", "import iot_hub.api.serve, iot_hub.worker.worker, iot_hub.ingest.mqtt.process")
"""Imports what receives and stores events, to find a missing module before a process is stopped."""


def run_hub(settings: Settings, *, demo: bool) -> int:
    """Run until Ctrl-C or SIGTERM; return the exit status. Raises UserError if it can't start."""
    with only_hub(settings.home, _print_waiting):
        provider_of(settings)
        check_ports(settings)
        check_disk(settings.home)
        if not settings.database_url:
            wait_until_free(Cluster(settings))
        return asyncio.run(_Hub(settings, demo=demo).run())


class _Hub:
    def __init__(self, settings: Settings, *, demo: bool) -> None:
        self._settings = settings
        self._demo = demo
        # Owned by the hub, so that it stays open while the API restarts: new connections wait in its backlog.
        self._api_socket = open_socket()
        self._nginx_sockets: list[socket.socket] = []
        self._dashboard_port, self._public_port = free_ports(2)
        log_folder = settings.home / "log"
        make_private_folder(log_folder)
        self._supervisor = Supervisor(log_folder, os.environ, _print)

    async def run(self) -> int:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        measuring = asyncio.create_task(measure_processes(self._supervisor, self._settings.home))
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                # The task only ends if the start failed: after a successful one it waits for reloads.
                starting.result()
            return 0
        except NotReadyError as error:
            raise UserError(f"{error}\nThe logs are in {self._settings.home / 'log'}.") from error
        finally:
            starting.cancel()
            measuring.cancel()
            _print("Stopping …")
            # Connections must not wait in the hub's own copies for an nginx that will not come back.
            for opened in self._nginx_sockets:
                opened.close()
            await self._supervisor.stop()

    async def _start(self) -> None:
        database = None if self._settings.database_url else await self._start_database()
        done = await asyncio.to_thread(migrate, self._settings)
        _print_migration(done)
        broker = await self._start_broker()
        if warning := await asyncio.to_thread(warning_before_publishing, self._settings):
            _print(f"Warning: {warning}")
        if (found := car_check.pids(DiagnosticContext(self._settings, None))).state != "ok":
            _print(f"Warning: {found.message} {found.advice}")
        roles = self._roles(receives_mqtt=broker is not None or self._settings.mqtt_url is not None)
        await asyncio.gather(*(self._supervisor.start(role) for role in roles))
        nginx_role = self._nginx_role()
        await self._supervisor.start(nginx_role)
        if self._demo:
            roles.append(await self._start_demo(has_home=broker is not None))
        exposed = await asyncio.to_thread(exposure_of, self._settings, demo=self._demo)
        self._print_addresses(exposed, await asyncio.to_thread(_first_visit_code, self._settings))
        dashboards = [role for role in roles if role.name.endswith("dashboard")]
        await asyncio.gather(
            # After the start, which does not wait for them: until they are there, Streamlit sends its own.
            self._write_page_files(),
            self._maintain(database, broker, roles, nginx_role),
            enforce_memory_limit(self._settings.dashboard_bytes, self._supervisor, dashboards, _print),
        )

    async def _write_page_files(self) -> None:
        if warning := await asyncio.to_thread(nginx.write_page_files, self._settings):
            _print(f"Warning: {warning}")

    def _roles(self, *, receives_mqtt: bool) -> list[Role]:
        """Return the roles behind nginx and the broker. They are commands, because a reload brings newer code."""
        demo = ["--demo"] if self._demo else []
        listening = ("--port", str(self._api_port), "--listening", str(self._api_socket.fileno()))
        api = hub_command("api", *listening, *demo)
        roles = [
            Role("api", api, ready=self._api_answers, files=(self._api_socket.fileno(),), programs=self._own_files),
            Role("worker", hub_command("worker"), programs=self._own_files),
            Role(
                "dashboard",
                hub_command("dashboard", "--port", str(self._dashboard_port), *demo),
                programs=self._own_files,
            ),
        ]
        if receives_mqtt:
            roles.append(Role("mqtt", hub_command("mqtt"), programs=self._own_files))
        if self._settings.public_dashboard != "no":
            public = hub_command("dashboard", "--public", "--port", str(self._public_port))
            roles.append(Role("public-dashboard", public, programs=self._own_files))
        return roles

    def _own_files(self) -> list[Path]:
        return installation.files(self._settings.time_zone)

    def _nginx_role(self) -> Role:
        """Open the public sockets and return the nginx role that inherits them."""
        command = self._write_nginx()
        self._nginx_sockets = nginx.listen(self._settings)
        numbers = tuple(opened.fileno() for opened in self._nginx_sockets)
        return Role(
            "nginx", ("env", nginx.variable(self._nginx_sockets), *command), signal.SIGQUIT, self._nginx_answers,
            files=numbers, programs=nginx.files,
        )  # fmt: skip

    async def _start_broker(self) -> Component | None:
        """Start the hub's own broker, before the receiver: it stops after it, and keeps what comes meanwhile.

        Without Mosquitto, or with another broker on its port, the hub runs all the same.
        """
        settings = self._settings
        if settings.mqtt_url is not None or not settings.mqtt_port:
            return None
        if mosquitto.program() is None:
            _print("MQTT is off: Mosquitto is not installed. Install it: sudo apt-get install mosquitto")
            return None
        if taken := mosquitto.taken_port(settings):
            _print(
                f"MQTT is off: port {taken} is taken by another program. If that is your broker, have the hub read it"
                " (IOT_HUB_MQTT_URL); or choose another port (IOT_HUB_MQTT_PORT)."
            )
            return None

        async def answers() -> bool:
            return await asyncio.to_thread(mosquitto.answers, settings)

        role = Role(
            "broker", tuple(mosquitto.command(settings, mosquitto.write(settings))), ready=answers,
            programs=mosquitto.files,
        )  # fmt: skip
        await self._supervisor.start(role)

        async def restart() -> None:
            await self._supervisor.restart(role)

        advice = "If this persists: sudo apt-get install --reinstall mosquitto."
        return Component("Mosquitto", [role], restart, advice)

    async def _maintain(
        self, database: Component | None, broker: Component | None, roles: list[Role], nginx_role: Role
    ) -> None:
        """Reload on request, and restart what was replaced on disk, until cancelled."""
        upstreams = self._upstreams()
        public = [] if upstreams.public_dashboard is None else ["--public", upstreams.public_dashboard]
        where = ("--api", upstreams.api, "--dashboard", upstreams.dashboard, *public)
        reloader = Reloader(
            self._settings, self._supervisor, roles, nginx_role, _print,
            preflight=PREFLIGHT, migrate=hub_command("migrate"),
            write_nginx_configuration=hub_command("nginx", *where, "--write-only"),
            broker_role=broker.roles[0] if broker else None,
            write_broker_configuration=hub_command("broker", "--write-only"),
        )  # fmt: skip
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reloader.request)
        components = [
            *([database] if database else []),
            *([broker] if broker else []),
            Component(
                "The hub's own program",
                roles,
                reloader.restart_upstreams,
                "See the log folder, reinstall the hub, then run: iot-hub reload.",
            ),
            Component(
                "nginx",
                [nginx_role],
                reloader.replace_nginx,
                "The old one keeps running. If this persists: sudo apt-get install --reinstall nginx-light.",
            ),
        ]
        await reloader.run(Upkeep(self._supervisor, components, _print))

    async def _start_database(self) -> Component:
        cluster = Cluster(self._settings)
        if not (cluster.data / "PG_VERSION").exists():
            _print("Creating the hub's database …")
        await asyncio.to_thread(cluster.create)

        async def answers() -> bool:
            return await asyncio.to_thread(cluster.answers)

        # SIGINT: PostgreSQL's fast shutdown, which does not wait for clients to disconnect.
        role = Role("postgresql", tuple(cluster.command()), signal.SIGINT, answers, programs=cluster.binaries.files)
        await self._supervisor.start(role)
        await asyncio.to_thread(cluster.create_database)

        async def restart() -> None:
            await restart_server(cluster, lambda: self._supervisor.restart(role))

        async def works() -> bool:
            return await asyncio.to_thread(cluster.connection_error) is None

        packages = f"postgresql-{cluster.binaries.version} postgresql-{cluster.binaries.version}-postgis-3"
        advice = f"Events wait in the spool. See {cluster.log}. If needed: sudo apt-get install --reinstall {packages}."
        return Component("PostgreSQL", [role], restart, advice, works)

    async def _start_demo(self, *, has_home: bool) -> Role:
        url = f"http://127.0.0.1:{self._api_port}"
        command = hub_command("simulate", "--days", "8", "--follow", "--publish", "--travels", "--url", url)
        role = Role("simulate", command, programs=self._own_files)
        await self._supervisor.start(role)
        senders = "phones, a sensor and a home" if has_home else "phones and a sensor"
        _print(f"Simulated {senders} are sending a week of history; then they continue in real time.")
        _print("Years of travels follow, the newest month first: more than a year within two minutes, all within six.")
        if not has_home:
            _print("There is no simulated home: it needs the hub's own MQTT broker.")
        return role

    @property
    def _api_port(self) -> int:
        return int(self._api_socket.getsockname()[1])

    def _upstreams(self) -> nginx.Upstreams:
        public = None if self._settings.public_dashboard == "no" else f"127.0.0.1:{self._public_port}"
        return nginx.Upstreams(f"127.0.0.1:{self._api_port}", f"127.0.0.1:{self._dashboard_port}", public)

    def _write_nginx(self) -> tuple[str, ...]:
        return tuple(nginx.command(nginx.write(self._settings, self._upstreams())))

    async def _api_answers(self) -> bool:
        api = http.client.HTTPConnection("127.0.0.1", self._api_port, timeout=2)
        return await asyncio.to_thread(_responds_200, api, "/readyz")

    async def _nginx_answers(self) -> bool:
        return await asyncio.to_thread(_responds_200, open_local_connection(self._settings, timeout=2), "/healthz")

    def _print_addresses(self, exposed: Exposure, code: str | None) -> None:
        settings = self._settings
        address = settings.web_address
        _print("")
        _print(f"  IoT Personal Hub is running:  {address}")
        _print("")
        _print(f"  Dashboard           {address}/")
        if settings.public_dashboard == "yes":
            _print(f"  Public dashboard    {address}/public/")
        _print(f"  API documentation   {address}/docs")
        _print(f"  Connect a phone     {address}/devices, or: iot-hub device add 'My phone' --app owntracks")
        if settings.mqtt_url is None and mosquitto.answers(settings):
            _print(f"  MQTT broker         {settings.mqtt_host}:{mosquitto.public_port(settings)}")
        _print(f"  State and logs      {settings.home}")
        if settings.tls == "self-signed":
            _print(
                f"  Certificate         SHA-256 {certificate.fingerprint(certificate.renewed(settings).certificate)}"
            )
        if code:
            _print(f"  First visit         {address}/login, one-time code: {code}")
        _print("")
        _print(f"  {exposed}")
        _print("")
        _print("  Ctrl-C stops everything.")


def _first_visit_code(settings: Settings) -> str | None:
    """Return a new one-time code, or None if the owner has a password."""
    with connect(owner_conninfo(settings, "iot-hub up")) as connection:
        has_password = connection.execute(query("owner_password")).fetchone() is not None
    if has_password:
        first_visit.delete_code(settings.home)
        return None
    return first_visit.new_code(settings.home)


def _print(line: str) -> None:
    # The terminal may be gone, or the disk of the output full: no reason to stop.
    with contextlib.suppress(OSError):
        typer.echo(line)
        sys.stdout.flush()


def _print_waiting() -> None:
    _print("Waiting for a command that is using the database; the hub starts when it is done …")


def _print_migration(done: Migrated) -> None:
    if done.applied:
        _print(f"The database is now at {done.applied[-1]}.")
    if done.published:
        _print(done.published)
    if done.newer_version:
        _print(f"The database belongs to a newer hub ({done.newer_version}). This version works with it.")
    if done.adopted:
        _print(
            "Adopted a database of the first beta: {events} events, {duplicates} repeated rows marked,"
            " {quarantined} rows in quarantine.".format(**done.adopted)
        )


def check_ports(settings: Settings) -> None:
    """Raise UserError if a public port is taken or not allowed."""
    _check_port(settings, "IOT_HUB_PORT", settings.port)
    if settings.tls != "off" and settings.http_port:
        _check_port(settings, "IOT_HUB_HTTP_PORT", settings.http_port)


def _check_port(settings: Settings, name: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, port))
        except PermissionError as error:
            raise UserError(f"Port {port} needs root. Set {name} to one above 1023.") from error
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise UserError(
                    f"This machine does not have the address {settings.host}. Assign it, or set IOT_HUB_HOST to an"
                    " address of this machine, or to 0.0.0.0 for all."
                ) from error
            raise UserError(
                f"Port {port} on {settings.host} is taken ({error.strerror})."
                f" Stop the program that uses it, or use another: {name}={port + 1}"
            ) from error


def check_disk(home: Path) -> None:
    """Raise UserError if the disk is too full to start."""
    free = shutil.disk_usage(home).free
    if free < MIN_FREE_BYTES:
        raise UserError(
            f"Only {free // 1_000_000} MB are free in {home}; the hub needs {MIN_FREE_BYTES // 1_000_000} MB to"
            " start. Free some space, or set IOT_HUB_HOME to a folder on another disk."
        )


def free_ports(count: int) -> list[int]:
    """Return free ports for the processes behind nginx."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _responds_200(connection: http.client.HTTPConnection, path: str) -> bool:
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
