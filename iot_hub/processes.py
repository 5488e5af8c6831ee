"""Keeps the hub's processes running: starts them in order, restarts what dies, stops all.

Every process writes to a log file of its own. Each is in a session of its own, so that Ctrl-C
reaches the hub alone and the hub ends them in reverse order; should the hub itself be killed,
the kernel tells them to end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

READY_SECONDS = 60
STOP_SECONDS = 15
LARGEST_LOG = 10_000_000
LONGEST_PAUSE = 30

Ready = Callable[[], Coroutine[Any, Any, bool]]
Report = Callable[[str], None]


@dataclass(frozen=True)
class Role:
    """One process of the hub: its command, how it is asked to stop, how one knows that it works."""

    name: str
    command: tuple[str, ...]
    stop_signal: signal.Signals = signal.SIGTERM
    ready: Ready | None = None


class NotReadyError(Exception):
    """A process ended, or took too long, before it was ready."""


class Processes:
    """The running processes."""

    def __init__(self, log_folder: Path, environment: Mapping[str, str], report: Report) -> None:
        """Take where logs go, the processes' environment, and who is told of deaths and restarts."""
        self._log_folder = log_folder
        self._environment = environment
        self._report = report
        self._running: dict[Role, asyncio.subprocess.Process] = {}
        self._watchers: list[asyncio.Task[None]] = []
        self._stopping = False

    async def start(self, role: Role) -> None:
        """Start a process, wait until it is ready, and keep it running from then on.

        Raises NotReadyError with the last line of its log.
        """
        process = await self._spawn(role)
        await self._wait_until_ready(role, process)
        self._watchers.append(asyncio.create_task(self._watch(role, process)))

    async def stop(self) -> None:
        """Stop all, the last started first."""
        self._stopping = True
        for watcher in self._watchers:
            watcher.cancel()
        for role, process in reversed(self._running.items()):
            await _end(role, process)

    async def _spawn(self, role: Role) -> asyncio.subprocess.Process:
        path = self.log_file(role)
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.rename(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                "setpriv", "--pdeathsig", role.stop_signal.name, *role.command,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                env=dict(self._environment), start_new_session=True, cwd="/",
            )  # fmt: skip
        self._running[role] = process
        return process

    async def _wait_until_ready(self, role: Role, process: asyncio.subprocess.Process) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while role.ready is not None and not await role.ready():
            if process.returncode is not None:
                raise NotReadyError(f"{role.name} ended at once: {self._last_line(role)}")
            if time.monotonic() > deadline:
                raise NotReadyError(f"{role.name} is not ready after {READY_SECONDS} s: {self._last_line(role)}")
            await asyncio.sleep(0.05)

    async def _watch(self, role: Role, process: asyncio.subprocess.Process) -> None:
        pause = 1.0
        while True:
            started = time.monotonic()
            code = await process.wait()
            _end_orphans(process)
            if self._stopping:
                return
            # What ran well for a minute starts over with the shortest pause.
            pause = 1.0 if time.monotonic() - started > 60 else min(pause * 2, LONGEST_PAUSE)
            self._report(
                f"{role.name} ended (code {code}), starting it again in {pause:.0f} s. {self._last_line(role)}"
            )
            await asyncio.sleep(pause)
            process = await self._spawn(role)

    def log_file(self, role: Role) -> Path:
        """Say where a process logs."""
        return self._log_folder / f"{role.name}.log"

    def _last_line(self, role: Role) -> str:
        lines = [line for line in self.log_file(role).read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1] if lines else "It logged nothing."


async def _end(role: Role, process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(role.stop_signal)
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
    _end_orphans(process)


def _end_orphans(process: asyncio.subprocess.Process) -> None:
    # A killed nginx leaves its workers behind, and they keep the port.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
