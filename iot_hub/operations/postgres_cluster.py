"""A PostgreSQL cluster of the hub's own, under its home, reached by a Unix socket.

The server refuses to run as root, so where the hub is root the cluster belongs to the system
user ``postgres``.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import conninfo

from iot_hub.database.connections import OWNER, connect, owner_conninfo
from iot_hub.database.errors import explanation
from iot_hub.database.queries import query
from iot_hub.database.role_passwords import database_password
from iot_hub.errors import DatabaseAwayError, HubError, UserError
from iot_hub.files.private_files import PASSABLE, make_folder, make_private_folder, write_private
from iot_hub.settings import Settings

OLDEST_VERSION = 15
SERVER_USER = "postgres"


@dataclass(frozen=True)
class Binaries:
    """The programs of an installed PostgreSQL that has PostGIS."""

    version: int
    folder: Path

    def __getitem__(self, name: str) -> str:
        """Give the path of a program."""
        return str(self.folder / name)

    def files(self) -> list[Path]:
        """Return the server's program and what it may load: a new version of one calls for a restart."""
        return [self.folder / "postgres", *(self.folder.parent / "lib").glob("*.so")]

    def full_version(self) -> str:
        """Return the version of the server's program as it is on the disk, such as 15.20."""
        return _full_version(self.folder / "postgres")


def find_binaries(wanted: int | None = None) -> Binaries:
    """Find PostgreSQL's programs, or say what to install: those of a wanted version, or else the newest."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    on_path = shutil.which("postgres")
    found = [
        Binaries(version, program.parent)
        for program in [*candidates, *([Path(on_path).resolve()] if on_path else [])]
        if (version := _version(program)) >= OLDEST_VERSION and _has_postgis(program)
    ]
    if found:
        # A newer one that is installed beside it must not keep a cluster from its own.
        return next((binaries for binaries in found if binaries.version == wanted), found[0])
    if candidates or on_path:
        raise UserError(
            f"PostGIS is missing for PostgreSQL {OLDEST_VERSION}+."
            " Install it: sudo apt-get install postgresql-15-postgis-3"
        )
    raise UserError(
        "PostgreSQL is not installed. Run 'make up', or: sudo apt-get install postgresql-15 postgresql-15-postgis-3"
    )


def _version(program: Path) -> int:
    return int(_full_version(program).partition(".")[0])


def _full_version(program: Path) -> str:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        # In the midst of an upgrade a program may lack what it is linked with.
        raise UserError(
            f"{program} does not run. Wait until its upgrade is done, or install it again:"
            " sudo apt-get install --reinstall postgresql-15"
        ) from error
    return done.stdout.split()[2]


def _has_postgis(program: Path) -> bool:
    told = subprocess.run([program.parent / "pg_config", "--sharedir"], capture_output=True, text=True)
    shares = [Path(told.stdout.strip())] if told.returncode == 0 else []
    shares.append(Path("/usr/share/postgresql") / program.parent.parent.name)
    return any((share / "extension" / "postgis.control").exists() for share in shares)


class Cluster:
    """The cluster in a hub's home."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings; nothing is touched yet."""
        self.settings = settings
        self.home = settings.home
        self.data = settings.home / "postgresql"
        self.socket_folder = settings.socket_folder
        self.log = settings.home / "log" / "postgresql.log"
        self.binaries = find_binaries(self._made_by())

    def _made_by(self) -> int | None:
        """Return the version of PostgreSQL that the cluster is of; None where there is none yet."""
        try:
            return int((self.data / "PG_VERSION").read_text())
        except (OSError, ValueError):
            return None

    def create(self) -> None:
        """Make the cluster where there is none yet. An interrupted attempt leaves nothing behind."""
        self._make_folders()
        if (self.data / "PG_VERSION").exists():
            self._refuse_other_version()
            return
        with tempfile.TemporaryDirectory(prefix="new-cluster-", dir=self.home) as scratch:
            os.chmod(scratch, 0o711)  # noqa: S103 - for postgres to pass through, for as long as initdb runs
            draft = Path(scratch) / "postgresql"
            draft.mkdir(mode=0o700)
            password = Path(scratch) / "password"
            write_private(password, database_password(self.home, "owner").encode())
            for path in (draft, password):
                self._give_to_server(path)
            # --no-sync: the rename below is preceded by one sync of everything.
            done = self._run(
                ["initdb", "-D", str(draft), "-U", OWNER, "--auth=scram-sha-256", f"--pwfile={password}",
                 "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
            )  # fmt: skip
            if done.returncode != 0:
                raise UserError(f"PostgreSQL could not make its cluster in {self.home}: {_last_line(done.stderr)}")
            os.sync()
            draft.rename(self.data)

    def command(self) -> list[str]:
        """Give the command line that runs the server in the foreground."""
        options = {
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0777",  # The folder's own permissions and scram guard it.
            "listen_addresses": "",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "jit": "off",
            # After a restore the server must be writable when it first answers.
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
            # No statement in a log: it would carry coordinates.
            "log_min_error_statement": "panic",
            "log_statement": "none",
            "log_error_verbosity": "terse",
            "cluster_name": "iot-hub",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return self._as_server_user([self.binaries["postgres"], "-D", str(self.data), *settings])

    def create_database(self) -> None:
        """Make the hub's database in the running cluster where there is none yet."""
        where = conninfo.make_conninfo(owner_conninfo(self.settings, "iot-hub create"), dbname="postgres")
        with connect(where) as connection:
            if connection.execute(query("database_exists")).fetchone() is None:
                connection.execute(query("create_database"))

    def answers(self) -> bool:
        """Tell whether the server accepts connections."""
        return (
            subprocess.run(
                [self.binaries["pg_isready"], "-q", "-h", str(self.socket_folder), "-t", "1"]
            ).returncode == 0
        )  # fmt: skip

    def complaint(self) -> str | None:
        """Return why a new connection can't work, in one line; None where it can.

        That the server answers is not enough: it loads its libraries with the connection that first uses them.
        """
        try:
            with connect(owner_conninfo(self.settings, "iot-hub check")) as connection:
                connection.execute(query("load_libraries"))
        except psycopg.Error as error:
            return explanation(error)
        except HubError as error:
            return str(error)
        return None

    def write_all_out(self) -> None:
        """Have the server write to its files what a shutdown would have to, so that the shutdown is short."""
        with contextlib.suppress(DatabaseAwayError, psycopg.Error):
            with connect(owner_conninfo(self.settings, "iot-hub checkpoint")) as connection:
                connection.execute(query("checkpoint"))

    def server_processes(self) -> list[int]:
        """Name every process of a server in this cluster, also what a killed postmaster left behind."""
        found = (_pid_of_server(folder, self.data) for folder in Path("/proc").glob("[0-9]*"))
        return [pid for pid in found if pid is not None]

    def last_words(self) -> str:
        """Give the last line of the server's log that says why it could not go on."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        grave = [line for line in lines[-20:] if "FATAL" in line or "PANIC" in line or "ERROR" in line]
        return (grave or lines or ["no message"])[-1].split("] ")[-1]

    def _make_folders(self) -> None:
        try:
            make_folder(self.home, PASSABLE)
            make_private_folder(self.log.parent)
            self._make_socket_folder()
            if os.geteuid() == 0:
                # postgres has to pass through the state folder, not to list it.
                os.chmod(self.home, PASSABLE)
        except OSError as error:
            raise UserError(f"The state folder {self.home} can't be used: {error.strerror}.") from error

    def _make_socket_folder(self) -> None:
        """Make the folder of the socket; programs of others reach the database there with a password."""
        folder = self.socket_folder
        make_folder(folder, 0o755)
        owners = {os.geteuid(), *([_server_user().pw_uid] if os.geteuid() == 0 else [])}
        if folder.is_symlink() or folder.stat().st_uid not in owners:
            # In the machine's folder of temporary files anybody may have made it first, to listen in our place.
            raise UserError(
                f"{folder} is another user's. Remove it, or set IOT_HUB_HOME to a folder of a shorter name."
            )
        self._give_to_server(folder)

    def _refuse_other_version(self) -> None:
        made_by = self._made_by()
        if made_by != self.binaries.version:
            raise UserError(
                f"The cluster in {self.data} was made by PostgreSQL {made_by}, but {self.binaries.version} is"
                f" installed. Install postgresql-{made_by} and postgresql-{made_by}-postgis-3 again, or move the data"
                " with pg_upgradecluster."
            )

    def _give_to_server(self, path: Path) -> None:
        if os.geteuid() == 0:
            user = _server_user()
            os.chown(path, user.pw_uid, user.pw_gid)

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        as_user = self._as_server_user([self.binaries[command[0]], *command[1:]])
        return subprocess.run(as_user, capture_output=True, text=True, cwd="/")

    def _as_server_user(self, command: list[str]) -> list[str]:
        if os.geteuid() != 0:
            # With a command that was killed its server ends too, or no hub could start one.
            return ["setpriv", "--pdeathsig=INT", *command]
        user = _server_user()
        drop = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        if not all(_lets_pass(folder, user) for folder in self.data.parents):
            # Root's home is closed to everyone. Rather than open it, let the server pass through.
            drop += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        # A change of user clears what the hub's own wrapper asked of the kernel: to end with it.
        return [*drop, "--pdeathsig=INT", *command]


def _pid_of_server(process: Path, data: Path) -> int | None:
    # Processes that end meanwhile, and those of other users, can't be looked at.
    with contextlib.suppress(OSError):
        if (process / "comm").read_text() == "postgres\n" and os.readlink(process / "cwd") == str(data.resolve()):
            return int(process.name)
    return None


def _lets_pass(folder: Path, user: pwd.struct_passwd) -> bool:
    status = folder.stat()
    return bool(status.st_mode & 0o001) or (status.st_uid == user.pw_uid and bool(status.st_mode & 0o100))


def _server_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError as error:
        raise UserError(
            f"PostgreSQL does not run as root and there is no system user {SERVER_USER!r}."
            " Start the hub as an ordinary user."
        ) from error


def _shared_buffers_mb() -> int:
    """Take a tenth of the memory: 64 MB on the smallest machine, 512 MB at most."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    return max(64, min(512, memory // 10))


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
