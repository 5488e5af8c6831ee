"""The programs of an installed PostgreSQL: the server, and those that dump and restore."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from iot_hub.errors import UserError

OLDEST_VERSION = 15


@dataclass(frozen=True)
class Binaries:
    """The programs of an installed PostgreSQL that has PostGIS."""

    version: int
    folder: Path

    def __getitem__(self, name: str) -> str:
        """Return the path of a program."""
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
    printed = subprocess.run([program.parent / "pg_config", "--sharedir"], capture_output=True, text=True)
    shares = [Path(printed.stdout.strip())] if printed.returncode == 0 else []
    shares.append(Path("/usr/share/postgresql") / program.parent.parent.name)
    return any((share / "extension" / "postgis.control").exists() for share in shares)
