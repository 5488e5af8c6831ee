"""``install-service`` and ``uninstall-service``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from iot_hub.errors import UserError
from iot_hub.operations.service import installing
from iot_hub.operations.service.files import SYSTEM, Places, service_files, users_places
from iot_hub.settings import settings

ForUser = Annotated[
    bool, typer.Option("--user", help="A service of your own user: needs no root, but has less protection.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (install_service, uninstall_service):
        app.command()(command)


def install_service(
    user: ForUser = False,
    show: Annotated[bool, typer.Option("--print", help="Print the files and write nothing.")] = False,
    start: Annotated[bool, typer.Option(help="Start it now and at every boot.")] = True,
    yes: Annotated[bool, typer.Option("--yes", help="Overwrite files that differ, without asking.")] = False,
) -> None:
    """Install the hub as a systemd service: write its unit, user and settings, and start it.

    The first call takes the settings from the IOT_HUB_ variables; later ones keep the settings file.
    """
    places = _places(user)
    made = service_files(places, os.environ)
    if show:
        for file in made:
            typer.echo(f"# {file.path}\n{file.text}")
        return
    _require_root(user)
    installing.install(made, lambda question: yes or typer.confirm(question), typer.echo)
    if places.sysusers:
        installing.run("systemd-sysusers", str(places.sysusers))
    if not installing.systemd_runs():
        typer.echo("systemd is not running here. Once it is, start the service: systemctl enable --now iot-hub")
        return
    _systemctl(user, "daemon-reload")
    if start:
        _systemctl(user, "enable", "iot-hub")
        _systemctl(user, "restart", "iot-hub")
    typer.echo(f"See how it is doing: systemctl {'--user ' if user else ''}status iot-hub")


def uninstall_service(user: ForUser = False) -> None:
    """Stop the service and remove its files. Settings, state folder and user stay."""
    places = _places(user)
    _require_root(user)
    if installing.systemd_runs() and places.unit.exists():
        _systemctl(user, "disable", "--now", "iot-hub")
    installing.remove(service_files(places, os.environ), typer.echo)
    if installing.systemd_runs():
        _systemctl(user, "daemon-reload")
    typer.echo(f"The hub's data are still in {places.state}.")


def _places(user: bool) -> Places:
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return users_places(config, settings().home) if user else SYSTEM


def _require_root(user: bool) -> None:
    if not user and os.geteuid() != 0:
        raise UserError("A system service needs root: run this with sudo, or use --user.")


def _systemctl(user: bool, *arguments: str) -> None:
    installing.run("systemctl", *(["--user"] if user else []), *arguments)
