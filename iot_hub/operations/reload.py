"""Reloads code and certificates without downtime.

On SIGHUP, which ``iot-hub reload`` sends: (1) the database is migrated; (2) API, worker and dashboards are
restarted one after the other; (3) nginx's configuration is rewritten, and nginx reloads it. Processes of the
new code do all of this; the supervisor keeps running, and so does PostgreSQL. The API's socket stays open, so
requests wait there and none is rejected. A changed certificate is reloaded without a signal, and so are
programs that were replaced on disk (``upkeep``).
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from iot_hub.api.host_names import machine_name
from iot_hub.errors import HubError, UserError
from iot_hub.files.private_files import write_private
from iot_hub.operations.locks import hub_process
from iot_hub.operations.nginx import certificate
from iot_hub.operations.supervisor import NotReadyError, Role, Supervisor
from iot_hub.operations.upkeep import Upkeep
from iot_hub.settings import Settings

CHECK_SECONDS = 5
RETRY_SECONDS = 60
"""Pause before a failed reload of nginx is retried."""
RELOAD_SECONDS = 300

Command = tuple[str, ...]


class Reloader:
    """Reloads a running hub on SIGHUP, and when its certificate changes."""

    def __init__(
        self,
        settings: Settings,
        supervisor: Supervisor,
        restarted: Sequence[Role],
        nginx_role: Role,
        report: Callable[[str], None],
        *,
        preflight: Command,
        migrate: Command,
        write_nginx_configuration: Command,
        broker_role: Role | None = None,
        write_broker_configuration: Command = (),
    ) -> None:
        """Set up the roles to restart, in their order, nginx, and the broker if the hub has one of its own.

        ``preflight`` fails if the installed code can't run, for example in the middle of an installation. All
        commands run the installed code.
        """
        self._settings = settings
        self._supervisor = supervisor
        self._restarted = restarted
        self._nginx = nginx_role
        self._report = report
        self._preflight = preflight
        self._migrate = migrate
        self._write_nginx_configuration = write_nginx_configuration
        self._broker = broker_role
        self._write_broker_configuration = write_broker_configuration
        self._requested = asyncio.Event()
        self._nginx_state: tuple[object, ...] | None = None
        self._retry_at = math.inf
        self._failed = ""

    def request(self) -> None:
        """Request a reload. Safe in a signal handler."""
        self._requested.set()

    async def run(self, upkeep: Upkeep) -> None:
        """Reload on request, and monitor the certificate and the programs meanwhile."""
        _report(self._settings.home, "started")
        while True:
            requested = self._requested.is_set()
            self._requested.clear()
            try:
                await self._check(requested=requested)
            except (NotReadyError, HubError, OSError) as error:
                # A disk that can't be written, or a certificate that can't be renewed, must not end the hub.
                self._report_failure(str(error), requested=requested)
            await upkeep.check()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._requested.wait(), CHECK_SECONDS)

    async def restart_upstreams(self) -> None:
        """Migrate, then restart the processes behind nginx. Raises NotReadyError."""
        await self._supervisor.run(*self._preflight)
        await self._supervisor.run(*self._migrate)
        for role in self._restarted:
            await self._supervisor.restart(role)

    async def replace_nginx(self) -> None:
        """Replace nginx with the installed program, without rejecting a connection. Raises NotReadyError."""
        await self._supervisor.run(*self._write_nginx_configuration)
        await self._supervisor.replace(self._nginx)

    async def _check(self, *, requested: bool) -> None:
        before = self._nginx_state
        self._nginx_state = now = await asyncio.to_thread(_state, self._settings)
        if requested:
            await self._reload()
        elif before not in (None, now) or time.monotonic() > self._retry_at:
            await self._reload_nginx()
            self._report(_what_changed(before or now, now))
        else:
            return
        self._failed, self._retry_at = "", math.inf

    async def _reload(self) -> None:
        self._report("Reloading …")
        await self.restart_upstreams()
        await self._reload_nginx()
        self._report("Reloaded.")
        _report(self._settings.home, "done")

    async def _reload_nginx(self) -> None:
        await self._supervisor.run(*self._write_nginx_configuration)
        self._supervisor.signal(self._nginx, signal.SIGHUP)
        if self._broker is not None:
            # It reads its certificate and its accounts again; a restart would cut off every device.
            await self._supervisor.run(*self._write_broker_configuration)
            self._supervisor.signal(self._broker, signal.SIGHUP)

    def _report_failure(self, reason: str, *, requested: bool) -> None:
        self._retry_at = time.monotonic() + RETRY_SECONDS
        if reason == self._failed and not requested:
            # It is retried every minute: report the same failure once.
            return
        self._failed = reason
        self._report(f"Not reloaded: {reason}")
        _report(self._settings.home, f"failed {reason}")


def reload_hub(settings: Settings) -> None:
    """Reload the hub that runs in the home, and wait until it is done. Raises UserError if it fails."""
    pid = hub_process(settings.home)
    if pid is None:
        raise UserError(f"No hub is running in {settings.home}. Start it: iot-hub up")
    before = _reported(settings.home)
    if not before.startswith(f"{pid} "):
        # The signal would kill a hub that does not handle it.
        raise UserError("The running hub is still starting, or too old for this. Stop it and start it again.")
    os.kill(pid, signal.SIGHUP)
    deadline = time.monotonic() + RELOAD_SECONDS
    while (now := _reported(settings.home)) == before:
        if time.monotonic() > deadline or hub_process(settings.home) != pid:
            raise UserError(f"The hub did not reload. See its output, and its logs in {settings.home / 'log'}.")
        time.sleep(0.1)
    _, _, outcome = now.split(" ", 2)
    if outcome != "done":
        raise UserError(f"The hub could not reload: {outcome.removeprefix('failed ')}")


def _report(home: Path, outcome: str) -> None:
    """Write the outcome for ``reload_hub``: process id, time, result."""
    with contextlib.suppress(OSError):
        write_private(home / "reload", f"{os.getpid()} {time.monotonic_ns()} {outcome}".encode())


def _reported(home: Path) -> str:
    try:
        return (home / "reload").read_text()
    except FileNotFoundError:
        return ""


def _state(settings: Settings) -> tuple[object, ...]:
    """Return the inputs of nginx's configuration that may change: certificates, and this machine's name.

    Renews the hub's own certificate when it is due.
    """
    if settings.tls == "self-signed":
        pair = certificate.renewed(settings)
        return (machine_name(), _file_state(pair.certificate))
    return machine_name(), *(_file_state(path) for path in (settings.tls_certificate, settings.tls_key) if path)


def _what_changed(before: tuple[object, ...], now: tuple[object, ...]) -> str:
    if now[0] != before[0]:
        return f"This machine's name is now {now[0]}; nginx accepts it."
    return "nginx uses the new certificate."


def _file_state(path: Path) -> object:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size, seen.st_ino
