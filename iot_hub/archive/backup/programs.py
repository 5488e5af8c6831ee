"""PostgreSQL's own programs, and how they connect without a password in their command line."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from psycopg import conninfo

from iot_hub.archive.backup.errors import BackupError
from iot_hub.database.binaries import Binaries, find_binaries
from iot_hub.errors import UserError

_INSTALLED = Path("/usr/lib/postgresql")
_ERROR = re.compile(r"(?:error|fatal):\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Programs:
    """PostgreSQL's client programs, and the server that they talk to."""

    binaries: Binaries
    where: str

    def start(self, name: str, *arguments: str, errors: IO[bytes], stdin: int | None = None) -> subprocess.Popen[bytes]:
        """Start a program that connects to the server, its standard output a pipe."""
        parts: dict[str, Any] = conninfo.conninfo_to_dict(self.where)
        password = parts.pop("password", None)
        environment = dict(os.environ) if password is None else {**os.environ, "PGPASSWORD": str(password)}
        return subprocess.Popen(
            [self.binaries[name], f"--dbname={conninfo.make_conninfo(**parts)}", *arguments],
            stdin=stdin, stdout=subprocess.PIPE, stderr=errors, env=environment,
        )  # fmt: skip

    def read(self, name: str, arguments: Sequence[str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a program that reads a file and needs no server, its standard output a pipe."""
        return subprocess.Popen([self.binaries[name], *arguments], stdout=subprocess.PIPE, stderr=errors)


def programs_for(server_version: int, where: str) -> Programs:
    """Return programs for a server of a major version. Raises BackupError where all are too old for it."""
    newest = _newest()
    if newest and newest.version >= server_version:
        return Programs(newest, where)
    folders = (Binaries(int(path.name), path / "bin") for path in _INSTALLED.glob("[1-9]*") if path.name.isdecimal())
    for found in sorted(folders, key=lambda found: found.version):
        if found.version >= server_version and (found.folder / "pg_dump").exists():
            return Programs(found, where)
    raise BackupError(
        f"The server is PostgreSQL {server_version}, and no pg_dump here can read it"
        f" ({f'there is one of {newest.version}' if newest else 'there is none'})."
        f" Install postgresql-client-{server_version} on this machine."
    )


def _newest() -> Binaries | None:
    try:
        return find_binaries()
    except UserError:
        # An image of the hub has PostgreSQL's client programs, and the server is elsewhere.
        return None


def complaint(*errors: IO[bytes]) -> str:
    """Return the first line in which programs report an error."""
    lines = [line.strip() for file in errors for line in _text(file).splitlines() if line.strip()]
    errors_found = [line for line in lines if _ERROR.search(line)]
    return _ERROR.split((errors_found or lines or ["no reason given"])[0])[-1]


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
