"""The files of the service: unit, user, settings, command."""

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
"""Folders that ProtectHome hides from the service."""
PORTS = ("IOT_HUB_PORT", "IOT_HUB_HTTP_PORT")


@dataclass(frozen=True)
class File:
    """One file of the service."""

    path: Path
    text: str
    mode: int = 0o644
    is_editable: bool = False
    """The owner may change it: it is written once, and stays when the service is removed."""


@dataclass(frozen=True)
class Places:
    """The paths of a service's files, for the whole machine or for one user."""

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
    """Return the paths of a user's own service, below their configuration folder (XDG)."""
    return Places(config / "systemd/user/iot-hub.service", config / "iot-hub/settings.env", state)


def service_files(places: Places, environment: Mapping[str, str]) -> list[File]:
    """Return the service's files. The settings are those of an earlier installation, or else the environment's.

    Raises UserError if the service could not access the program, or if a line of the settings is invalid.
    """
    text = _settings_text(places, environment)
    values = {
        "program": program(),
        "settings": str(places.settings),
        "state": str(places.state),
        **_rights(environment_file.parse(text)),
    }
    made = [File(places.settings, text, mode=0o600, is_editable=True)]
    if places.sysusers and places.command:
        _require_access()
        made += [
            File(places.sysusers, _render("sysusers.conf", values)),
            File(places.unit, _render("iot-hub.service", values)),
            File(places.command, _render("command", values), mode=0o755),
        ]
    else:
        made.append(File(places.unit, _render("iot-hub-user.service", values)))
    return made


def program() -> str:
    """Return the command line of this hub; -P keeps the current folder out of Python's search path."""
    return f"{sys.executable} -P -m iot_hub"


def _rights(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the service's capabilities: only a port below 1024 needs one, which a user namespace would void."""
    ports = [settings.get(name, "") for name in PORTS]
    low = any(port.isdecimal() and 0 < int(port) < 1024 for port in ports)
    return {"capabilities": "CAP_NET_BIND_SERVICE" if low else "", "private_users": "no" if low else "yes"}


def _settings_text(places: Places, environment: Mapping[str, str]) -> str:
    if places.settings.exists():
        return places.settings.read_text(encoding="utf-8")
    flag = " --user" if places.sysusers is None else ""
    values = {"lines": environment_file.render(environment), "flag": flag}
    return _render("settings.env", values)


def _require_access() -> None:
    for path in (sys.prefix, str(Path(__file__).resolve())):
        if hidden := next((folder for folder in UNSEEN if path.startswith(folder + "/")), None):
            raise UserError(
                f"The service can't access {hidden}, and this hub is installed there ({sys.prefix})."
                " Clone it to /opt/iot-personal-hub and install the service from there, or use --user."
            )


def _render(name: str, values: Mapping[str, str]) -> str:
    template = (files("iot_hub.operations.service") / f"{name}.template").read_text(encoding="utf-8")
    return string.Template(template).substitute(values)
