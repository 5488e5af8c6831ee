"""How the dashboard is started."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

from iot_hub.settings import Settings

HERE = Path(__file__).parent


def command(settings: Settings, port: int) -> list[str]:
    """Give the command line that serves the dashboard on 127.0.0.1 and that port, for nginx to stand before.

    The process takes its settings from the environment, as every part of the hub does.
    """
    where = ["--server.address=127.0.0.1", f"--server.port={port}"]
    return [sys.executable, "-m", "streamlit", "run", str(HERE / "app.py"), *where, *_options()]


def _options() -> list[str]:
    # As options they hold wherever the hub is started; a config.toml is looked for in the working folder.
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
