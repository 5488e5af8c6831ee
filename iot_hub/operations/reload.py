"""Goes over to new code, and to a new certificate, while the hub runs.

On SIGHUP, which ``iot-hub reload`` sends: (1) the database is migrated; (2) API, worker and
dashboards are started anew, one after the other; (3) nginx's configuration is written anew, and nginx
told to take it. All of it is done by processes of the code that is there now; the one that looks
after them stays, and so does PostgreSQL. The API's socket stays open, so requests wait there
and none is refused. A certificate that changes is taken up without a signal, and so are programs that were
replaced on the disk (``upkeep``).
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
from iot_hub.operations.supervisor import NotReadyError, Processes, Role
from iot_hub.operations.upkeep import Upkeep
from iot_hub.settings import Settings

LOOK_SECONDS = 5
AGAIN_SECONDS = 60
"""After so long a configuration that nginx could not take is tried again."""
RELOAD_SECONDS = 300

Command = tuple[str, ...]


class Reloading:
    """What a running hub does on SIGHUP and when its certificate changes."""

    def __init__(
        self,
        settings: Settings,
        processes: Processes,
        restarted: Sequence[Role],
        front: Role,
        say: Callable[[str], None],
        *,
        try_out: Command,
        migrate: Command,
        write_front: Command,
    ) -> None:
        """Take the roles that are started anew, in their order, and nginx.

        ``try_out`` fails where the code that is there now can't run, such as in the midst of an installation;
        ``write_front`` writes nginx's configuration. All commands are the newer code's.
        """
        self._settings = settings
        self._processes = processes
        self._restarted = restarted
        self._front = front
        self._say = say
        self._try_out = try_out
        self._migrate = migrate
        self._write_front = write_front
        self._asked = asyncio.Event()
        self._front_state: tuple[object, ...] | None = None
        self._again_at = math.inf
        self._failed = ""

    def ask(self) -> None:
        """Have a reload made, soon. For a signal handler."""
        self._asked.set()

    async def run(self, upkeep: Upkeep) -> None:
        """Reload whenever asked, and look after the certificate and the programs meanwhile."""
        _report(self._settings.home, "started")
        while True:
            asked = self._asked.is_set()
            self._asked.clear()
            try:
                await self._look(asked=asked)
            except (NotReadyError, HubError, OSError) as error:
                # A disk that can't be written now, a certificate that can't be renewed: no reason to end the hub.
                self._tell_failure(str(error), asked=asked)
            await upkeep.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), LOOK_SECONDS)

    async def restart_behind(self) -> None:
        """Migrate, then restart what stands behind nginx. Raises NotReadyError."""
        await self._processes.run(*self._try_out)
        await self._processes.run(*self._migrate)
        for role in self._restarted:
            await self._processes.restart(role)

    async def replace_front(self) -> None:
        """Replace nginx by the program that is there now; no connection is refused. Raises NotReadyError."""
        await self._processes.run(*self._write_front)
        await self._processes.succeed(self._front)

    async def _look(self, *, asked: bool) -> None:
        before = self._front_state
        self._front_state = now = await asyncio.to_thread(_state, self._settings)
        if asked:
            await self._reload()
        elif before not in (None, now) or time.monotonic() > self._again_at:
            await self._take_front()
            self._say(_what_changed(before or now, now))
        else:
            return
        self._failed, self._again_at = "", math.inf

    async def _reload(self) -> None:
        self._say("Reloading …")
        await self.restart_behind()
        await self._take_front()
        self._say("Reloaded.")
        _report(self._settings.home, "done")

    async def _take_front(self) -> None:
        await self._processes.run(*self._write_front)
        self._processes.signal(self._front, signal.SIGHUP)

    def _tell_failure(self, reason: str, *, asked: bool) -> None:
        self._again_at = time.monotonic() + AGAIN_SECONDS
        if reason == self._failed and not asked:
            # It is tried again and again: the same words once.
            return
        self._failed = reason
        self._say(f"Not reloaded: {reason}")
        _report(self._settings.home, f"failed {reason}")


def reload_hub(settings: Settings) -> None:
    """Have the hub that runs in the home reload, and wait until it has. Raises UserError where it could not."""
    pid = hub_process(settings.home)
    if pid is None:
        raise UserError(f"No hub runs in {settings.home}. Start it: iot-hub up")
    before = _reported(settings.home)
    if not before.startswith(f"{pid} "):
        # To one that does not know the signal, it would be the end.
        raise UserError("The hub that runs is still starting, or too old for this: stop it, then start it again.")
    os.kill(pid, signal.SIGHUP)
    deadline = time.monotonic() + RELOAD_SECONDS
    while (now := _reported(settings.home)) == before:
        if time.monotonic() > deadline or hub_process(settings.home) != pid:
            raise UserError(f"The hub did not reload; see its own words, and its logs in {settings.home / 'log'}.")
        time.sleep(0.1)
    _, _, outcome = now.split(" ", 2)
    if outcome != "done":
        raise UserError(f"The hub could not reload: {outcome.removeprefix('failed ')}")


def _report(home: Path, outcome: str) -> None:
    """Leave word for ``reload_hub``: whose, of when, and what."""
    with contextlib.suppress(OSError):
        write_private(home / "reload", f"{os.getpid()} {time.monotonic_ns()} {outcome}".encode())


def _reported(home: Path) -> str:
    try:
        return (home / "reload").read_text()
    except FileNotFoundError:
        return ""


def _state(settings: Settings) -> tuple[object, ...]:
    """Return what nginx's configuration is written from and may change: certificates, and this machine's name.

    The hub's own certificate is renewed on the way when its time has come.
    """
    if settings.tls == "self-signed":
        pair = certificate.renewed(settings)
        return (machine_name(), _file_state(pair.certificate))
    return machine_name(), *(_file_state(path) for path in (settings.tls_certificate, settings.tls_key) if path)


def _what_changed(before: tuple[object, ...], now: tuple[object, ...]) -> str:
    if now[0] != before[0]:
        return f"This machine is called {now[0]} now; nginx answers to that name."
    return "nginx shows the new certificate."


def _file_state(path: Path) -> object:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size, seen.st_ino
