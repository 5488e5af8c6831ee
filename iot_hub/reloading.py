"""Goes over to new code, and to a new certificate, while the hub runs.

On SIGHUP, which ``iot-hub reload`` sends: (1) the database is migrated; (2) API, worker and
dashboards are started anew, one after the other; (3) nginx's configuration is written anew, and nginx
told to take it. All of it is done by processes of the code that is there now; the one that looks
after them stays, and so does PostgreSQL. The API's socket stays open, so requests wait there
and none is refused. A certificate that changes is taken up without a signal.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from iot_hub.errors import UserError
from iot_hub.home_locks import hub_process
from iot_hub.nginx import certificate
from iot_hub.processes import NotReadyError, Processes, Role
from iot_hub.settings import Settings

LOOK_SECONDS = 10
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
    ) -> None:
        """Take the roles that are started anew, in their order, and nginx."""
        self._settings = settings
        self._processes = processes
        self._restarted = restarted
        self._front = front
        self._say = say
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Have a reload made, soon. For a signal handler."""
        self._asked.set()

    async def run(self, *, migrate: Command, write_front: Command) -> None:
        """Reload whenever asked, and look after the certificate meanwhile.

        ``write_front`` writes nginx's configuration. Both commands are the newer code's.
        """
        _report(self._settings.home, "started")
        before = _state(self._settings)
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), LOOK_SECONDS)
            now = await asyncio.to_thread(_state, self._settings)
            try:
                if self._asked.is_set():
                    self._asked.clear()
                    await self._reload(migrate, write_front)
                elif now != before:
                    await self._take_front(write_front)
                    self._say("nginx shows the new certificate.")
            except NotReadyError as error:
                self._say(f"Not reloaded: {error}")
                _report(self._settings.home, f"failed {error}")
            before = now

    async def _reload(self, migrate: Command, write_front: Command) -> None:
        self._say("Reloading …")
        await self._processes.run(*migrate)
        for role in self._restarted:
            await self._processes.restart(role)
        await self._take_front(write_front)
        self._say("Reloaded.")
        _report(self._settings.home, "done")

    async def _take_front(self, write_front: Command) -> None:
        await self._processes.run(*write_front)
        self._processes.signal(self._front, signal.SIGHUP)


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
    written = home / "reload.new"
    written.write_text(f"{os.getpid()} {time.monotonic_ns()} {outcome}")
    written.rename(home / "reload")


def _reported(home: Path) -> str:
    try:
        return (home / "reload").read_text()
    except FileNotFoundError:
        return ""


def _state(settings: Settings) -> tuple[object, ...]:
    """Give what changes when a certificate does; the hub's own is renewed on the way when its time has come."""
    if settings.tls == "self-signed":
        pair = certificate.renewed(settings)
        return (_file_state(pair.certificate),)
    return tuple(_file_state(path) for path in (settings.tls_certificate, settings.tls_key) if path)


def _file_state(path: Path) -> object:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size, seen.st_ino
