"""Notes on each app beside its settings, in the languages of the dashboard."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _texts() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("iot_hub.access.pairing") / "texts.toml").read_text(encoding="utf-8"))


def text(language: str, key: str, *, app: str = "", **values: object) -> str:
    """Return a text: the app's own if it has one."""
    of_all = _texts()[language]
    found: str = of_all.get(app, {}).get(key) or of_all[key]
    return found.format(**values) if values else found


def notes(language: str, app: str) -> list[str]:
    """Return where an app's settings are, and what to do and expect next."""
    of_app = _texts()[language][app]
    return [of_app["where"], of_app["then"]]
