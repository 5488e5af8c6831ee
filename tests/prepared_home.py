"""A hub's home whose database is made and migrated, to copy for tests that are not about a hub's first start."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from paths import memory_folder

from iot_hub.database.migrations import migrate
from iot_hub.operations.postgres_server import running_server
from iot_hub.settings import Settings


def copy_prepared_home(home: Path) -> None:
    """Fill a new hub's home with what its first start would make; the first caller of a session makes it."""
    folder = _folder(_session())
    folder.mkdir(mode=0o711, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            _make(folder / "home")
            (folder / "made").touch()
    home.mkdir(parents=True, exist_ok=True)
    # Files of the server belong to another user, if the tests run as root.
    subprocess.run(["cp", "--archive", f"{folder / 'home'}/.", home], check=True)


def remove_prepared_home() -> None:
    """Remove what this process, or its workers, have prepared."""
    shutil.rmtree(_folder(os.getpid()), ignore_errors=True)


def _session() -> int:
    """Return the process of pytest that all workers of a session have in common."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _folder(session: int) -> Path:
    return Path(memory_folder() or tempfile.gettempdir(), f"prepared-hub-{session}")


def _make(home: Path) -> None:
    # Whatever the environment of the test that asks first: the database is the home's own.
    settings = Settings(home=home, time_zone="Europe/Warsaw", database_url=None)
    with running_server(settings):
        migrate(settings)
    # Hubs elsewhere have a socket of their own.
    shutil.rmtree(settings.socket_folder)
