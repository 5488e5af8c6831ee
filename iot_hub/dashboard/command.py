"""How the dashboards are started: the owner's, and the public one, which cannot reach the owner's data."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from iot_hub.database import audiences
from iot_hub.database.connections import guest_conninfo, viewer_conninfo
from iot_hub.errors import UserError
from iot_hub.settings import Settings

HERE = Path(__file__).parent
PUBLIC_PATH = "public"
HOST = "127.0.0.1"

_INHERITED = {"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH"}


def owner_command(port: int, host: str = HOST, *, demo: bool = False, login: Path | None = None) -> list[str]:
    """Return the command line that serves the owner's dashboard on that address and port, behind nginx.

    The process reads its settings from the environment, as every part of the hub does, and what it
    needs to log in with an OpenID provider from the file ``login``.
    """
    options = [f"--secrets.files={login}"] if login else []
    return [*_streamlit("owner_app.py", host, port, *options), *(["--", "--demo"] if demo else [])]


def public_command(port: int, host: str = HOST) -> list[str]:
    """Return the command line that serves the public dashboard on that address and port, below ``/public``."""
    return _streamlit("public_app.py", host, port, f"--server.baseUrlPath={PUBLIC_PATH}")


def public_environment(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the public dashboard: its only secrets are the viewer's and the guest's passwords."""
    return {
        **{name: value for name, value in environment.items() if name in _INHERITED},
        # The real one holds the owner's secrets.
        "IOT_HUB_HOME": "/nonexistent",
        "IOT_HUB_VIEWER_DATABASE_URL": viewer_conninfo(settings, audiences.DASHBOARD),
        "IOT_HUB_GUEST_DATABASE_URL": guest_conninfo(settings, audiences.DASHBOARD),
        "IOT_HUB_PUBLIC_DASHBOARD": settings.public_dashboard,
        "IOT_HUB_TIME_ZONE": settings.time_zone,
        "IOT_HUB_LANGUAGE": settings.language,
        **({"IOT_HUB_MAP_TILES": settings.map_tiles} if settings.map_tiles else {}),
    }


def _streamlit(script: str, host: str, port: int, *options: str) -> list[str]:
    if find_spec("streamlit") is None:
        raise UserError("The dashboard is not installed here. Install it: pip install 'iot-personal-hub[dashboard]'")
    where = [f"--server.address={host}", f"--server.port={port}"]
    return [sys.executable, "-m", "streamlit", "run", str(HERE / "apps" / script), *where, *options, *_options()]


def _options() -> list[str]:
    # As options they hold wherever the hub is started: Streamlit looks for a config.toml in the working folder.
    config = tomllib.loads((HERE / "config.toml").read_text(encoding="utf-8"))
    return [part for section, entries in config.items() for part in _flags(section, entries)]


def _flags(prefix: str, entries: dict[str, object]) -> list[str]:
    flags: list[str] = []
    for name, value in entries.items():
        if isinstance(value, dict):
            flags += _flags(f"{prefix}.{name}", value)
        else:
            flags.append(f"--{prefix}.{name}={value if isinstance(value, str) else json.dumps(value)}")
    return flags
