"""Supervises the hub's processes: starts them in order, restarts those that die, stops all.

Every process writes to its own log file. Each runs in its own session so that Ctrl-C only reaches the
supervisor, which stops them in reverse order. If the supervisor is killed, the kernel sends each its stop
signal.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from iot_hub.files.private_files import open_log
from iot_hub.operations.program_files import FileState, changed_since, replaced_in, states_of
from iot_hub.waiting.backoff import Backoff

READY_SECONDS = 60
STOP_SECONDS = 15
MAX_LOG_BYTES = 10_000_000
FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 30.0

Ready = Callable[[], Coroutine[Any, Any, bool]]
Report = Callable[[str], None]


@dataclass(frozen=True)
class Role:
    """One process of the hub: its command, its stop signal, its readiness check."""

    name: str
    command: tuple[str, ...]
    stop_signal: signal.Signals = signal.SIGTERM
    ready: Ready | None = None
    files: tuple[int, ...] = ()
    """File descriptors that the process inherits."""
    programs: Callable[[], Iterable[Path]] | None = None
    """Returns the files whose replacement requires a restart, besides those mapped into the process."""


class State(NamedTuple):
    """The state of a process: its id (None: not running), and its number of restarts."""

    pid: int | None
    restarts: int


class NotReadyError(Exception):
    """A process ended or timed out before it was ready."""


class Supervisor:
    """Runs processes and restarts them; ``report`` receives deaths and restarts as sentences."""

    def __init__(self, log_folder: Path, environment: Mapping[str, str], report: Report) -> None:
        self._log_folder = log_folder
        self._environment = environment
        self._report = report
        self._running: dict[Role, asyncio.subprocess.Process] = {}
        self._started_from: dict[Role, dict[Path, FileState]] = {}
        self._restarts: Counter[str] = Counter()
        self._watchers: dict[Role, asyncio.Task[None]] = {}
        self._stopping = False
        # Without it, two concurrent restarts of a process would leave one without a watcher.
        self._restarting = asyncio.Lock()
        self._changed = asyncio.Event()

    async def start(self, role: Role) -> None:
        """Start a process, wait until it is ready, and keep it running from then on.

        Raises NotReadyError with the last line of its log.
        """
        process = await self._spawn(role)
        await self._wait_until_ready(role, process)
        self._watchers[role] = asyncio.create_task(self._watch(role, process))

    async def restart(self, role: Role, *, automatic: bool = False) -> None:
        """Restart a process. Raises NotReadyError, but keeps it running anyway.

        ``automatic``: nobody requested it, so it counts as a restart in the metrics.
        """
        async with self._restarting:
            self._watchers[role].cancel()
            await _stop(role, self._running[role])
            process = await self._spawn_in_time(role)
            self._restarts[role.name] += automatic
            self._watchers[role] = asyncio.create_task(self._watch(role, process))
            await self._wait_until_ready(role, process)

    async def replace(self, role: Role) -> None:
        """Start a process's successor beside it, then stop it; both accept on an inherited socket.

        Raises NotReadyError if the successor ends at once; the old process then keeps running.
        """
        old, started_from = self._running[role], self._started_from[role]
        self._watchers[role].cancel()
        try:
            new = await self._spawn(role)
            await self._wait_until_working(role, new)
        except (NotReadyError, OSError) as error:
            self._running[role], self._started_from[role] = old, started_from
            self._watchers[role] = asyncio.create_task(self._watch(role, old))
            raise NotReadyError(str(error)) from error
        self._watchers[role] = asyncio.create_task(self._watch(role, new))
        await _stop(role, old)

    def replaced(self, role: Role) -> set[Path]:
        """Return the files of a running process that were replaced since it started."""
        process = self._running[role]
        if process.returncode is not None:
            # It is about to be restarted from the current files.
            return set()
        return changed_since(self._started_from[role]) | replaced_in(process.pid)

    def signal(self, role: Role, number: signal.Signals) -> None:
        """Send a signal to a process, if it is running."""
        with contextlib.suppress(ProcessLookupError):
            self._running[role].send_signal(number)

    async def run(self, *command: str) -> str:
        """Run a command in the processes' environment; return its output. Raises NotReadyError if it fails."""
        done = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, env=dict(self._environment), cwd="/",
        )  # fmt: skip
        output = (await done.communicate())[0].decode(errors="replace").strip()
        if done.returncode:
            raise NotReadyError(output.splitlines()[-1] if output else f"{command[-1]} failed")
        return output

    async def stop(self) -> None:
        """Stop all processes, the last started first."""
        self._stopping = True
        for watcher in self._watchers.values():
            watcher.cancel()
        for role, process in reversed(self._running.items()):
            await _stop(role, process)

    async def _spawn(self, role: Role) -> asyncio.subprocess.Process:
        path = self.log_file(role)
        if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
            path.rename(path.with_suffix(".log.1"))
        # Read before the start: a file that is replaced meanwhile counts as replaced.
        started_from = states_of(role.programs()) if role.programs else {}
        with open_log(path) as log:
            process = await asyncio.create_subprocess_exec(
                "setpriv", "--pdeathsig", role.stop_signal.name, *role.command,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                env=dict(self._environment), start_new_session=True, cwd="/",
                pass_fds=role.files,
            )  # fmt: skip
        self._running[role] = process
        self._started_from[role] = started_from
        self._changed.set()
        return process

    async def _wait_until_ready(self, role: Role, process: asyncio.subprocess.Process) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while role.ready is not None and not await role.ready():
            if process.returncode is not None:
                raise NotReadyError(f"{role.name} ended at once: {self._last_line(role)}")
            if time.monotonic() > deadline:
                raise NotReadyError(f"{role.name} is not ready after {READY_SECONDS} s: {self._last_line(role)}")
            await asyncio.sleep(0.05)

    async def _wait_until_working(self, role: Role, process: asyncio.subprocess.Process) -> None:
        """Wait until a successor has child processes; the role's readiness check may reach its predecessor."""
        deadline = time.monotonic() + READY_SECONDS
        while not children_of(process.pid):
            if process.returncode is not None:
                raise NotReadyError(f"{role.name} ended at once: {self._last_line(role)}")
            if time.monotonic() > deadline:
                await _stop(role, process)
                raise NotReadyError(f"{role.name} is not ready after {READY_SECONDS} s: {self._last_line(role)}")
            await asyncio.sleep(0.05)

    async def _watch(self, role: Role, process: asyncio.subprocess.Process) -> None:
        backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS)
        while True:
            started = time.monotonic()
            code = await process.wait()
            self._changed.set()
            _kill_orphans(process)
            if self._stopping:
                return
            # After a minute of running well, the pause starts over.
            if time.monotonic() - started > 60:
                backoff.reset()
            pause = backoff.pause()
            self._report(f"{role.name} ended (code {code}), restarting it in {pause:.0f} s. {self._last_line(role)}")
            await asyncio.sleep(pause)
            process = await self._spawn_in_time(role)
            self._restarts[role.name] += 1

    async def _spawn_in_time(self, role: Role) -> asyncio.subprocess.Process:
        """Start a process, retrying while the machine can't: a disk may be read-only, memory exhausted."""
        backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS)
        while True:
            try:
                return await self._spawn(role)
            except OSError as error:
                pause = backoff.pause()
                self._report(f"{role.name} can't be started ({error.strerror}), retrying in {pause:.0f} s.")
            await asyncio.sleep(pause)

    def states(self) -> dict[str, State]:
        """Return the state of each process, by the name of its role."""
        return {
            role.name: State(process.pid if process.returncode is None else None, self._restarts[role.name])
            for role, process in self._running.items()
        }

    async def wait_for_change(self, seconds: float) -> None:
        """Wait until a process starts or ends, or for a timeout."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
        self._changed.clear()

    def log_file(self, role: Role) -> Path:
        """Return the log file of a process."""
        return self._log_folder / f"{role.name}.log"

    def _last_line(self, role: Role) -> str:
        try:
            text = self.log_file(role).read_text(errors="replace")
        except OSError as error:
            return f"Its log can't be read: {error.strerror}."
        lines = [line for line in text.splitlines() if line.strip()]
        return lines[-1] if lines else "It logged nothing."


def children_of(pid: int) -> list[int]:
    """Return the child processes of a process; none if it has ended."""
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


async def _stop(role: Role, process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(role.stop_signal)
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
    _kill_orphans(process)


def _kill_orphans(process: asyncio.subprocess.Process) -> None:
    # A killed nginx leaves its workers behind, and they keep the port.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
