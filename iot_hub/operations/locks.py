"""The two locks of a state folder, which ensure that only one process manages its PostgreSQL.

The running hub holds ``hub.lock``. ``server.lock`` is held shared by commands that use a server which one of
them started, and exclusively while that one starts or stops it, or while a hub acquires ``hub.lock``. Checking
whether a hub runs requires ``server.lock``: the check holds ``hub.lock`` for an instant, and a hub that starts
in that instant would take it for another hub. Both files are private: whoever could open one could lock it,
and no hub would start.
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
    """The lock for starting and stopping the private server. The kernel releases it when its process ends."""

    def __init__(self, home: Path, on_wait: Callable[[], None]) -> None:
        """Open the lock; ``on_wait`` is called before waiting for another process."""
        self._home = home
        self._file = _open(home, "server.lock")
        self._on_wait = on_wait

    def acquire_shared(self) -> None:
        """Acquire the lock together with others that use the server."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def acquire_exclusive(self) -> None:
        """Acquire the lock exclusively. An upgrade from shared is not atomic: another process may come first."""
        if not _try_lock(self._file, fcntl.LOCK_EX):
            self._on_wait()
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        """Release the lock."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def hub_runs(self) -> bool:
        """Return whether a hub runs in this home. The caller must hold this lock."""
        with _open(self._home, "hub.lock") as hub:
            return not _try_lock(hub, fcntl.LOCK_SH)

    def close(self) -> None:
        """Close the lock file."""
        self._file.close()


def hub_process(home: Path) -> int | None:
    """Return the process id of the hub that runs in a home, or None."""
    with contextlib.closing(ServerLock(home, lambda: None)) as lock:
        lock.acquire_shared()
        return int((home / "hub.lock").read_text()) if lock.hub_runs() else None


@contextlib.contextmanager
def only_hub(home: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Lock the home for this hub, after commands are done with a server that they started.

    Raises UserError if another hub runs in it.
    """
    with _open(home, "hub.lock") as hub:
        with contextlib.closing(ServerLock(home, on_wait)) as lock:
            lock.acquire_exclusive()
            if not _try_lock(hub, fcntl.LOCK_EX):
                hub.seek(0)
                raise UserError(
                    f"A hub is already running in {home} (process {hub.read().strip()})."
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
