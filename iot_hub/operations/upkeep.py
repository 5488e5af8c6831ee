"""Restarts the parts of a running hub whose programs were replaced on the disk, in order.

An upgrade of the system puts new programs and libraries under running processes. The worst of it is PostgreSQL: a
server goes on as the old version and loads libraries of the new one with each new connection, which fails. So the hub
looks every few seconds whether a part runs what is on the disk. Once the files stay as they are and the package
manager is done, the part is restarted. What does not start is tried again, at once when its files change again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from iot_hub.backoff import Backoff
from iot_hub.operations import package_manager
from iot_hub.operations.program_files import FileState, states_of
from iot_hub.operations.supervisor import NotReadyError, Processes, Role

FIRST_PAUSE_SECONDS = 30.0
MAX_PAUSE_SECONDS = 600.0
LONGEST_WAIT = 600.0
"""Seconds to wait for a package manager: one that hangs must not keep a broken server broken."""
NAMED = 3


@dataclass(frozen=True)
class Part:
    """What is restarted together: its name for people, its processes, and how. ``restart`` raises NotReadyError.

    ``works``, where there is one, returns whether the part works meanwhile without another restart.
    """

    name: str
    roles: Sequence[Role]
    restart: Callable[[], Awaitable[None]]
    advice: str
    works: Callable[[], Awaitable[bool]] | None = None


@dataclass
class _Failure:
    """A restart that failed: when it is tried again, and of which files it was."""

    backoff: Backoff = field(default_factory=lambda: Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS))
    again_at: float = 0.0
    files: dict[Path, FileState] = field(default_factory=dict)


class Upkeep:
    """Looks whether what runs is what is installed."""

    def __init__(self, processes: Processes, parts: Sequence[Part], say: Callable[[str], None]) -> None:
        """Take the parts in the order in which they are restarted."""
        self._processes = processes
        self._parts = parts
        self._say = say
        self._seen: dict[Path, FileState] = {}
        self._waiting_since: float | None = None
        self._failures: dict[str, _Failure] = {}

    async def look(self) -> None:
        """Restart what was replaced, if it stays as it was at the last look. Raises nothing."""
        replaced = {part.name: await asyncio.to_thread(self._replaced, part) for part in self._parts}
        files = await asyncio.to_thread(states_of, set().union(*replaced.values(), self._files_of_failures()))
        if not files:
            self._seen, self._waiting_since = {}, None
            return
        if not await self._is_settled(files):
            return
        for part in self._parts:
            if replaced[part.name] or part.name in self._failures:
                await self._restart(part, replaced[part.name])

    def _replaced(self, part: Part) -> set[Path]:
        return set().union(*(self._processes.replaced(role) for role in part.roles))

    def _files_of_failures(self) -> set[Path]:
        return {file for failure in self._failures.values() for file in failure.files}

    async def _is_settled(self, files: dict[Path, FileState]) -> bool:
        now = time.monotonic()
        if self._waiting_since is None:
            self._waiting_since = now
        before, self._seen = self._seen, files
        if files != before:
            return False
        return now - self._waiting_since > LONGEST_WAIT or not await asyncio.to_thread(package_manager.is_at_work)

    async def _restart(self, part: Part, replaced: set[Path]) -> None:
        failure = self._failures.get(part.name)
        files = states_of(replaced | set(failure.files if failure else ()))
        if failure and failure.files == files and time.monotonic() < failure.again_at:
            return
        if failure is None:
            self._say(f"{part.name} was replaced on the disk ({_names(replaced)}): restarting it.")
        try:
            if replaced or part.works is None or not await part.works():
                await part.restart()
        except NotReadyError as error:
            failure = failure or _Failure()
            pause = failure.backoff.pause()
            failure.again_at, failure.files = time.monotonic() + pause, files
            self._failures[part.name] = failure
            self._say(f"{part.name} can't be restarted: {error} {part.advice} Next attempt in {pause:.0f} s.")
        else:
            self._failures.pop(part.name, None)
            self._waiting_since = None
            self._say(f"{part.name} runs what is installed now.")


def _names(files: set[Path]) -> str:
    names = sorted({file.name for file in files})
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
