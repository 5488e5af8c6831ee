"""``password``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from iot_hub.cli.owner import owner_connection


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(password)


def password(
    remove: Annotated[bool, typer.Option("--remove", help="Delete the password: then nobody can log in.")] = False,
) -> None:
    """Set the password of the owner's dashboard, typed twice or read from standard input.

    Ends all sessions: everybody has to log in again.
    """
    from iot_hub.access.login.password import remove_password, set_password

    if remove:
        with owner_connection() as connection:
            remove_password(connection)
        typer.echo("The password is deleted, and all sessions have ended.")
        return
    if sys.stdin.isatty():
        chosen = typer.prompt("New password", hide_input=True, confirmation_prompt="Once more")
    else:
        chosen = sys.stdin.readline().rstrip("\r\n")
    with owner_connection() as connection:
        set_password(connection, chosen)
    typer.echo("The password is set. All sessions have ended: log in again.")
