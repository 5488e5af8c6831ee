"""The database passwords that the hub makes for itself, in files that only its user can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Literal


def database_password(home: Path, role: Literal["owner", "viewer", "guest"]) -> str:
    """Give a database role's password, made at the first call."""
    path = home / "secrets" / f"database-{role}-password"
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
