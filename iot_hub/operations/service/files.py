"""What a service of the hub consists of: its unit, its user, its settings, its command line."""

from __future__ import annotations

import string
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from iot_hub.errors import UserError
from iot_hub.operations.service import environment_file

UNSEEN = ("/home", "/root", "/run/user")
"""What ProtectHome hides from the service."""
PORTS = ("IOT_HUB_PORT", "IOT_HUB_HTTP_PORT")


@dataclass(frozen=True)
class File:
    """One file of the service."""

    path: Path
    text: str
    mode: int = 0o644
    is_owners: bool = False
    """The owner's to change: written once, and left behind when the service goes."""


@dataclass(frozen=True)
class Places:
    """Where a service's files go, for the whole machine or for one user."""

    unit: Path
    settings: Path
    state: Path
    sysusers: Path | None = None
    command: Path | None = None


SYSTEM = Places(
    unit=Path("/etc/systemd/system/iot-hub.service"),
    settings=Path("/etc/iot-hub/settings.env"),
    state=Path("/var/lib/iot-hub"),
    sysusers=Path("/etc/sysusers.d/iot-hub.conf"),
    command=Path("/usr/local/bin/iot-hub"),
)


def users_places(config: Path, state: Path) -> Places:
    """Give the places of a user's own service, below their configuration folder (XDG)."""
    return Places(config / "systemd/user/iot-hub.service", config / "iot-hub/settings.env", state)


def service_files(places: Places, environment: Mapping[str, str]) -> list[File]:
    """Write the service's files. Settings are those of an earlier installation, or else the environment's.

    Raises UserError where the service could not see the program, or a line of the settings is not right.
    """
    text = _settings_text(places, environment)
    values = {
        "program": program(),
        "settings": str(places.settings),
        "state": str(places.state),
        **_rights(environment_file.read(text)),
    }
    made = [File(places.settings, text, mode=0o600, is_owners=True)]
    if places.sysusers and places.command:
        _require_seen()
        made += [
            File(places.sysusers, _filled("sysusers.conf", values)),
            File(places.unit, _filled("iot-hub.service", values)),
            File(places.command, _filled("command", values), mode=0o755),
        ]
    else:
        made.append(File(places.unit, _filled("iot-hub-user.service", values)))
    return made


def program() -> str:
    """Give the command line of this very hub, wherever it is started: -P keeps the folder out of the search path."""
    return f"{sys.executable} -P -m iot_hub"


def _rights(settings: Mapping[str, str]) -> dict[str, str]:
    """Only a port below 1024 asks for a right; in a user namespace of its own the service could not use it."""
    ports = [settings.get(name, "") for name in PORTS]
    low = any(port.isdecimal() and 0 < int(port) < 1024 for port in ports)
    return {"capabilities": "CAP_NET_BIND_SERVICE" if low else "", "private_users": "no" if low else "yes"}


def _settings_text(places: Places, environment: Mapping[str, str]) -> str:
    if places.settings.exists():
        return places.settings.read_text(encoding="utf-8")
    flag = " --user" if places.sysusers is None else ""
    values = {"lines": environment_file.written(environment), "flag": flag}
    return _filled("settings.env", values)


def _require_seen() -> None:
    for path in (sys.prefix, str(Path(__file__).resolve())):
        if hidden := next((folder for folder in UNSEEN if path.startswith(folder + "/")), None):
            raise UserError(
                f"The service can't look into {hidden}, and this hub is installed there ({sys.prefix})."
                " Clone it to /opt/iot-personal-hub and install the service from there, or use --user."
            )


def _filled(name: str, values: Mapping[str, str]) -> str:
    template = (files("iot_hub.operations.service") / f"{name}.template").read_text(encoding="utf-8")
    return string.Template(template).substitute(values)
