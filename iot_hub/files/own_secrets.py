"""Secrets that the hub generates for itself, each in a file that only its user can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from iot_hub.files.secret_files import handed_in

FRONT_SECRET = "front-secret"  # noqa: S105 - a file's name
"""By it the API recognises its own nginx, whose word about the visitor's address it believes."""

METRICS_TOKEN = "metrics-token"  # noqa: S105 - a file's name
"""Opens ``/metrics`` where the settings name no token."""


def own_secret(home: Path, name: str) -> str:
    """Return the secret of that name: handed in as a file, or else generated at the first call."""
    if given := handed_in(name):
        return given
    path = home / "secrets" / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written aside and linked: of two processes that generate it at once, both use the first one's.
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
