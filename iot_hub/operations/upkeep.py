"""Restarts the components of a running hub whose programs were replaced on disk, in order.

A system upgrade replaces programs and libraries under running processes. PostgreSQL suffers most: the old server
keeps running and loads libraries of the new version with each new connection, which fails. So the hub checks every
few seconds whether each component runs what is on disk. Once the files are stable and the package manager is done,
the component is restarted. A failed restart is retried, at once when its files change again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from iot_hub.operations import package_manager
from iot_hub.operations.program_files import FileState, states_of
from iot_hub.operations.supervisor import NotReadyError, Role, Supervisor
from iot_hub.waiting.backoff import Backoff

FIRST_PAUSE_SECONDS = 30.0
MAX_PAUSE_SECONDS = 600.0
MAX_WAIT = 600.0
"""Seconds to wait for a package manager: if it hangs, a broken server must still be restarted."""
NAMED = 3


@dataclass(frozen=True)
class Component:
    """Processes that are restarted together. ``restart`` raises NotReadyError.

    ``is_healthy``, if given, returns whether the component works again without another restart.
    """

    name: str
    roles: Sequence[Role]
    restart: Callable[[], Awaitable[None]]
    advice: str
    is_healthy: Callable[[], Awaitable[bool]] | None = None


@dataclass
class _Failure:
    """A failed restart: when to retry it, and the files that it was for."""

    backoff: Backoff = field(default_factory=lambda: Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS))
    retry_at: float = 0.0
    files: dict[Path, FileState] = field(default_factory=dict)


class Upkeep:
    """Keeps the running components, restarted in the given order, in step with what is installed."""

    def __init__(self, supervisor: Supervisor, components: Sequence[Component], report: Callable[[str], None]) -> None:
        self._supervisor = supervisor
        self._components = components
        self._report = report
        self._seen: dict[Path, FileState] = {}
        self._waiting_since: float | None = None
        self._failures: dict[str, _Failure] = {}

    async def check(self) -> None:
        """Restart replaced components whose files are unchanged since the last check. Raises nothing."""
        replaced = {
            component.name: await asyncio.to_thread(self._replaced, component) for component in self._components
        }
        files = await asyncio.to_thread(states_of, set().union(*replaced.values(), self._files_of_failures()))
        if not files:
            self._seen, self._waiting_since = {}, None
            return
        if not await self._is_stable(files):
            return
        for component in self._components:
            if replaced[component.name] or component.name in self._failures:
                await self._restart(component, replaced[component.name])

    def _replaced(self, component: Component) -> set[Path]:
        return set().union(*(self._supervisor.replaced(role) for role in component.roles))

    def _files_of_failures(self) -> set[Path]:
        return {file for failure in self._failures.values() for file in failure.files}

    async def _is_stable(self, files: dict[Path, FileState]) -> bool:
        now = time.monotonic()
        if self._waiting_since is None:
            self._waiting_since = now
        before, self._seen = self._seen, files
        if files != before:
            return False
        return now - self._waiting_since > MAX_WAIT or not await asyncio.to_thread(package_manager.is_busy)

    async def _restart(self, component: Component, replaced: set[Path]) -> None:
        failure = self._failures.get(component.name)
        files = states_of(replaced | set(failure.files if failure else ()))
        if failure and failure.files == files and time.monotonic() < failure.retry_at:
            return
        if failure is None:
            self._report(f"{component.name} was replaced on disk ({_names(replaced)}): restarting it.")
        try:
            if replaced or component.is_healthy is None or not await component.is_healthy():
                await component.restart()
        except NotReadyError as error:
            failure = failure or _Failure()
            pause = failure.backoff.pause()
            failure.retry_at, failure.files = time.monotonic() + pause, files
            self._failures[component.name] = failure
            again = f"Next attempt in {pause:.0f} s."
            self._report(f"{component.name} can't be restarted: {error} {component.advice} {again}")
        else:
            self._failures.pop(component.name, None)
            self._waiting_since = None
            self._report(f"{component.name} now runs the installed version.")


def _names(files: set[Path]) -> str:
    names = sorted({file.name for file in files})
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
