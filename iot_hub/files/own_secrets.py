"""Secrets that the hub generates for itself, each in a file that only its user can read."""

from __future__ import annotations

import secrets
from pathlib import Path

from iot_hub.files.private_files import create_private, make_folder
from iot_hub.files.secret_files import handed_in

FRONT_SECRET = "front-secret"  # noqa: S105 - a file's name
"""By it the API recognises its own nginx, whose X-Forwarded-For it trusts."""

METRICS_TOKEN = "metrics-token"  # noqa: S105 - a file's name
"""Opens ``/metrics`` where the settings name no token."""

MQTT_PASSWORD = "mqtt-password"  # noqa: S105 - a file's name
"""The hub's own account at its own broker."""


def own_secret(home: Path, name: str) -> str:
    """Return the secret of that name: handed in as a file, or else generated at the first call."""
    if given := handed_in(name):
        return given
    path = home / "secrets" / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        make_folder(path.parent)
    # Of two processes that generate it at once, both use the first one's.
    create_private(path, f"{secrets.token_urlsafe(24)}\n".encode())
    return path.read_text().strip()
