"""Secrets that are handed in as files: by Compose in ``/run/secrets``, by systemd as credentials.

A file is named like its setting (``iot_hub_backup_key``), or like the hub's own file of a database
role's password (``database-owner-password``).
"""

from __future__ import annotations

import os
from pathlib import Path

CONTAINERS_FOLDER = "/run/secrets"


def secret_folders() -> list[Path]:
    """Return the existing folders of handed-in secrets (systemd.exec(5) on CREDENTIALS_DIRECTORY)."""
    named = [Path(name) for name in (os.environ.get("CREDENTIALS_DIRECTORY"), CONTAINERS_FOLDER) if name]
    return [folder for folder in named if folder.is_dir()]


def handed_in(name: str) -> str | None:
    """Return the content of a handed-in file without its trailing newline; None where there is none."""
    for folder in secret_folders():
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8").strip()
    return None
