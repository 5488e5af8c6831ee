"""``install-service``: a unit of systemd for the user who calls it."""

from __future__ import annotations

import os
import string
import sys
from pathlib import Path

from iot_hub.agent.errors import AgentError

TEMPLATE = Path(__file__).with_name("iot-hub-agent.service.template")


def unit_text(configuration: Path) -> str:
    """Return the unit that runs this very program. -P keeps the current folder out of the search path."""
    template = string.Template(TEMPLATE.read_text(encoding="utf-8"))
    values = {"program": f"{_quoted(sys.executable)} -P -m iot_hub", "configuration": _quoted(str(configuration))}
    return template.substitute(values)


def install_unit(configuration: Path) -> Path:
    """Write the unit where systemd looks for it (XDG); return its path. Raises AgentError where that fails."""
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
    unit = folder / "iot-hub-agent.service"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unit.write_text(unit_text(configuration.absolute()), encoding="utf-8")
    except OSError as error:
        raise AgentError(f"{unit} can't be written: {error.strerror}.") from error
    return unit


def _quoted(path: str) -> str:
    # systemd reads % and $ in a command line, and splits it at spaces.
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
