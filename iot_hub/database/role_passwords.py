"""The passwords of the hub's database roles, in files that only its user can read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from iot_hub.files.own_secrets import own_secret
from iot_hub.files.secret_files import handed_in

Role = Literal["owner", "viewer", "guest"]


def given_password(role: Role) -> str | None:
    """Return a database role's password that was provided as a file; None where there is none."""
    return handed_in(_file(role))


def database_password(home: Path, role: Role) -> str:
    """Return a database role's password: the provided one, or else one that the first call creates."""
    return own_secret(home, _file(role))


def _file(role: Role) -> str:
    return f"database-{role}-password"
