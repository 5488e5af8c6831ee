"""An older PostgreSQL than the one that is installed, made of it: the new one's plpgsql.so does not load into it.

A minor upgrade adds functions to the server that the libraries of the same version need. So here the older server
and its plpgsql.so know one function by another name, which has the same hash, by which the linker looks for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NEW_NAME, OLD_NAME = b"\0SPI_connect_ext\0", b"\0SPI_connect_eyS\0"


@dataclass(frozen=True)
class OlderPostgresql:
    """A copy of an installation that is older than it, until it is upgraded."""

    installed: Path
    copy: Path

    @classmethod
    def of(cls, installed: Path, copy: Path) -> OlderPostgresql:
        """Copy an installation and make the copy older."""
        shutil.copytree(installed, copy, ignore=shutil.ignore_patterns("bitcode", "pgxs"), symlinks=True)
        older = cls(installed, copy)
        new = older.new_version.encode()
        # initdb makes no cluster with a server of another version.
        for name in ("bin/postgres", "bin/initdb", "lib/plpgsql.so"):
            file = copy / name
            content = file.read_bytes()
            assert NEW_NAME in content or name == "bin/initdb"
            file.write_bytes(content.replace(NEW_NAME, OLD_NAME).replace(new, older.old_version.encode()))
        return older

    @property
    def new_version(self) -> str:
        said = subprocess.run([self.installed / "bin" / "postgres", "-V"], capture_output=True, text=True, check=True)
        return said.stdout.split()[2]

    @property
    def old_version(self) -> str:
        """As long as the new one, so that it fits into its place."""
        return self.new_version[:-1] + ("1" if self.new_version.endswith("0") else "0")

    def upgrade(self, *names: str) -> None:
        """Put new files in the place of old ones as dpkg does: beside it, then by a change of names."""
        for name in names:
            beside = self.copy / f"{name}.dpkg-new"
            shutil.copy2(self.installed / name, beside)
            os.utime(beside)
            beside.rename(self.copy / name)
