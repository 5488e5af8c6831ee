"""What doctor finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hub_process import free_port

from iot_hub.operations.doctor.checks import run_checks
from iot_hub.operations.doctor.finding import Finding
from iot_hub.settings import Settings


@pytest.fixture
def hub_settings(settings: Settings, tmp_path: Path) -> Settings:
    """A hub with a state folder and a port of its own; nothing listens there."""
    home = tmp_path / "hub"
    (home / "secrets").mkdir(parents=True, mode=0o700)
    return settings.model_copy(update={"home": home, "port": free_port()})


def look(hub_settings: Settings, check: str) -> Finding:
    return run_checks(hub_settings)[check]


def finding(hub_settings: Settings, check: str, **more: Any) -> tuple[str, str]:
    found = look(hub_settings.model_copy(update=more), check)
    return found.state, f"{found.message} {found.advice}"
