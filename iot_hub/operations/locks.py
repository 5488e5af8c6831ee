"""The two locks of a state folder, so that its PostgreSQL has one master at a time.

``hub.lock`` is held by the hub that runs. ``server.lock`` is for the rest: shared by commands that
use a server which one of them started, exclusive while that one starts or stops it, and while a hub
takes ``hub.lock``. Only under ``server.lock`` may one look whether a hub runs: a look holds
``hub.lock`` for an instant, and a hub that starts in that instant would believe there is another.
Both are closed to others: a stranger on this machine who could open one could hold it, and no hub would start.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from iot_hub.errors import UserError
from iot_hub.files.private_files import PASSABLE, make_folder, open_lock


class ServerLock:
    """The lock on who starts and stops the private server. A killed process holds it no longer."""

    def __init__(self, home: Path, on_wait: Callable[[], None]) -> None:
        """Open it. Says so by ``waits`` when another process has to be waited for."""
        self._home = home
        self._file = _open(home, "server.lock")
        self._on_wait = on_wait

    def acquire_shared(self) -> None:
        """Hold it with others that use the server."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def acquire_exclusive(self) -> None:
        """Hold it alone. Between sharing and this another process may have held it alone."""
        if not _try_lock(self._file, fcntl.LOCK_EX):
            self._on_wait()
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        """Hold it no longer."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def hub_runs(self) -> bool:
        """Tell whether a hub runs in this home; only for who holds or shares this lock."""
        with _open(self._home, "hub.lock") as hub:
            return not _try_lock(hub, fcntl.LOCK_SH)

    def close(self) -> None:
        """Let go of it for good."""
        self._file.close()


def hub_process(home: Path) -> int | None:
    """Give the process of the hub that runs in a home, or None."""
    with contextlib.closing(ServerLock(home, lambda: None)) as lock:
        lock.acquire_shared()
        return int((home / "hub.lock").read_text()) if lock.hub_runs() else None


@contextlib.contextmanager
def only_hub(home: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the home for this hub alone; wait until commands are done with the server that they started.

    Raises UserError where another hub runs in it.
    """
    with _open(home, "hub.lock") as hub:
        with contextlib.closing(ServerLock(home, on_wait)) as lock:
            lock.acquire_exclusive()
            if not _try_lock(hub, fcntl.LOCK_EX):
                hub.seek(0)
                raise UserError(
                    f"A hub runs in {home} already (process {hub.read().strip()})."
                    " Stop it, or set IOT_HUB_HOME and IOT_HUB_PORT for a second one."
                )
        hub.truncate(0)
        hub.write(str(os.getpid()))
        hub.flush()
        yield


def _open(home: Path, name: str) -> IO[str]:
    try:
        make_folder(home, PASSABLE)
        return open_lock(home / name)
    except OSError as error:
        raise UserError(
            f"The state folder {home} can't be used: {error.strerror}. Set IOT_HUB_HOME to another folder."
        ) from error


def _try_lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
