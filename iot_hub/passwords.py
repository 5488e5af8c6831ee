"""The database passwords that the hub makes for itself, in files that only its user can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Literal

from iot_hub.secret_files import handed_in

Role = Literal["owner", "viewer", "guest"]


def given_password(role: Role) -> str | None:
    """Give a database role's password that was handed in as a file; None where there is none."""
    return handed_in(_file(role))


def database_password(home: Path, role: Role) -> str:
    """Give a database role's password: one that was handed in as a file, or else made at the first call."""
    if given := given_password(role):
        return given
    path = home / "secrets" / _file(role)
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written aside and linked: of two processes that make it at once, both use the first one's.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(24) + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


def _file(role: Role) -> str:
    return f"database-{role}-password"
