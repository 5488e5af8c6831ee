"""The private PostgreSQL cluster in the hub's home, reached by a Unix socket.

PostgreSQL refuses to run as root. If the hub runs as root, the cluster belongs to the system user
``postgres``.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import conninfo

from iot_hub.database.binaries import find_binaries
from iot_hub.database.connections import OWNER, connect, owner_conninfo
from iot_hub.database.errors import explanation
from iot_hub.database.queries import query
from iot_hub.database.role_passwords import database_password
from iot_hub.errors import DatabaseAwayError, HubError, UserError
from iot_hub.files.private_files import PASSABLE, make_folder, make_private_folder, write_private
from iot_hub.operations.server_user import as_user, check_owner, give_to, server_user
from iot_hub.settings import Settings

SERVER_USER = "postgres"


class Cluster:
    """The cluster in a hub's home."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.home
        self.data = settings.home / "postgresql"
        self.socket_folder = settings.socket_folder
        self.log = settings.home / "log" / "postgresql.log"
        self.binaries = find_binaries(self._version_on_disk())

    def _version_on_disk(self) -> int | None:
        """Return the cluster's major version of PostgreSQL; None if there is no cluster yet."""
        try:
            return int((self.data / "PG_VERSION").read_text())
        except (OSError, ValueError):
            return None

    def exists(self) -> bool:
        """Return whether the cluster has been made."""
        return (self.data / "PG_VERSION").exists()

    def create(self) -> None:
        """Create the cluster if there is none yet. An interrupted attempt leaves nothing behind."""
        self._make_folders()
        if self.exists():
            self._refuse_other_version()
            return
        with tempfile.TemporaryDirectory(prefix="new-cluster-", dir=self.home) as scratch:
            os.chmod(scratch, 0o711)  # noqa: S103 - postgres must traverse it while initdb runs
            draft = Path(scratch) / "postgresql"
            draft.mkdir(mode=0o700)
            password = Path(scratch) / "password"
            write_private(password, database_password(self.home, "owner").encode())
            for path in (draft, password):
                self._give_to_server(path)
            # --no-sync: one sync of the file system precedes the rename below.
            done = self._run(
                ["initdb", "-D", str(draft), "-U", OWNER, "--auth=scram-sha-256", f"--pwfile={password}",
                 "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
            )  # fmt: skip
            if done.returncode != 0:
                raise UserError(f"PostgreSQL could not create its cluster in {self.home}: {_last_line(done.stderr)}")
            # Of this file system alone: on a busy machine others may have minutes of writing before them.
            synced = subprocess.run(["sync", "--file-system", str(draft)], capture_output=True, text=True)
            if synced.returncode != 0:
                raise UserError(f"The new database could not be written to {self.home}: {_last_line(synced.stderr)}")
            draft.rename(self.data)

    def command(self) -> list[str]:
        """Return the command line that runs the server in the foreground."""
        options = {
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0777",  # The folder's permissions and scram protect it.
            "listen_addresses": "",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "jit": "off",
            # After a restore, the server must be writable as soon as it accepts connections.
            "hot_standby": "off",
            "max_connections": "64",
            "shared_buffers": f"{_shared_buffers_mb()}MB",
            "work_mem": "8MB",
            "maintenance_work_mem": "64MB",
            "effective_cache_size": f"{_shared_buffers_mb() * 3}MB",
            "random_page_cost": "1.1",
            "wal_compression": "on",
            "max_wal_size": "512MB",
            "checkpoint_timeout": "15min",
            "max_parallel_workers_per_gather": "1",
            "max_worker_processes": "4",
            "autovacuum_max_workers": "1",
            "autovacuum_naptime": "30s",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # Log no statements: they would contain coordinates.
            "log_min_error_statement": "panic",
            "log_statement": "none",
            "log_error_verbosity": "terse",
            "cluster_name": "iot-hub",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return self._as_server_user([self.binaries["postgres"], "-D", str(self.data), *settings])

    def create_database(self) -> None:
        """Create the hub's database in the running cluster if there is none yet."""
        where = conninfo.make_conninfo(owner_conninfo(self.settings, "iot-hub create"), dbname="postgres")
        with connect(where) as connection:
            if connection.execute(query("database_exists")).fetchone() is None:
                connection.execute(query("create_database"))

    def answers(self) -> bool:
        """Return whether the server accepts connections."""
        return (
            subprocess.run(
                [self.binaries["pg_isready"], "-q", "-h", str(self.socket_folder), "-t", "1"]
            ).returncode == 0
        )  # fmt: skip

    def connection_error(self) -> str | None:
        """Return why new connections fail, in one line; None if they work.

        That the server accepts connections is not enough: each loads its libraries when it first uses them.
        """
        try:
            with connect(owner_conninfo(self.settings, "iot-hub check")) as connection:
                connection.execute(query("load_libraries"))
        except psycopg.Error as error:
            return explanation(error)
        except HubError as error:
            return str(error)
        return None

    def checkpoint(self) -> None:
        """Run a checkpoint, so that the following shutdown is short."""
        with contextlib.suppress(DatabaseAwayError, psycopg.Error):
            with connect(owner_conninfo(self.settings, "iot-hub checkpoint")) as connection:
                connection.execute(query("checkpoint"))

    def server_processes(self) -> list[int]:
        """Return the ids of all server processes of this cluster, including orphans of a killed postmaster."""
        found = (_pid_of_server(folder, self.data) for folder in Path("/proc").glob("[0-9]*"))
        return [pid for pid in found if pid is not None]

    def last_error(self) -> str:
        """Return the last line of the server's log that reports an error."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        grave = [line for line in lines[-20:] if "FATAL" in line or "PANIC" in line or "ERROR" in line]
        return (grave or lines or ["no message"])[-1].split("] ")[-1]

    def _make_folders(self) -> None:
        try:
            make_folder(self.home, PASSABLE)
            make_private_folder(self.log.parent)
            self._make_socket_folder()
            if os.geteuid() == 0:
                # postgres must traverse the state folder, not list it.
                os.chmod(self.home, PASSABLE)
        except OSError as error:
            raise UserError(f"The state folder {self.home} can't be used: {error.strerror}.") from error

    def _make_socket_folder(self) -> None:
        """Create the folder of the socket; other users' programs connect there with a password."""
        folder = self.socket_folder
        make_folder(folder, 0o755)
        check_owner(folder, _server_user())
        self._give_to_server(folder)

    def _refuse_other_version(self) -> None:
        version = self._version_on_disk()
        if version != self.binaries.version:
            raise UserError(
                f"The cluster in {self.data} is of PostgreSQL {version}, but {self.binaries.version} is installed."
                f" Install postgresql-{version} and postgresql-{version}-postgis-3 again, or migrate the data with"
                " pg_upgradecluster."
            )

    def _give_to_server(self, path: Path) -> None:
        give_to(path, _server_user())

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        as_user = self._as_server_user([self.binaries[command[0]], *command[1:]])
        return subprocess.run(as_user, capture_output=True, text=True, cwd="/")

    def _as_server_user(self, command: list[str]) -> list[str]:
        # A killed command takes its server with it; otherwise no hub could start one.
        return as_user(command, _server_user(), "INT", list(self.data.parents))


def _pid_of_server(process: Path, data: Path) -> int | None:
    # Processes that have just ended, and those of other users, can't be inspected.
    with contextlib.suppress(OSError):
        if (process / "comm").read_text() == "postgres\n" and os.readlink(process / "cwd") == str(data.resolve()):
            return int(process.name)
    return None


def _server_user() -> pwd.struct_passwd | None:
    return server_user(SERVER_USER, "PostgreSQL")


def _shared_buffers_mb() -> int:
    """Return a tenth of the memory, at least 64 MB and at most 512 MB."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    return max(64, min(512, memory // 10))


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
