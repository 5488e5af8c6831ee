"""``reader add|list|revoke``."""

from __future__ import annotations

from typing import Annotated

import typer

from iot_hub.cli.output import AsJson, print_json, print_rows
from iot_hub.cli.owner import owner_connection

Name = Annotated[str, typer.Argument(help="The reader's name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    reader = typer.Typer(no_args_is_help=True, help="Manage readers: programs that may read /v1, each with a token.")
    reader.command("add")(add)
    reader.command("list")(list_)
    reader.command("revoke")(revoke)
    app.add_typer(reader, name="reader")


def add(
    name: Annotated[str, typer.Argument(help="A name for the program.")],
    device: Annotated[
        list[str] | None,
        typer.Option(help="A device that it may read, by name or id; repeatable. Default: all, present and future."),
    ] = None,
    view: Annotated[
        str, typer.Option(help="published (only published data) or owner (everything, including private places).")
    ] = "published",
    as_json: AsJson = False,
) -> None:
    """Add a reader of /v1. Prints its token, which is shown only once."""
    from iot_hub.access.devices import unpublished_among
    from iot_hub.access.readers import add_reader

    with owner_connection() as connection:
        token = add_reader(connection, name, device or (), view)
        empty = unpublished_among(connection, device or ()) if view == "published" else []
    if as_json:
        print_json({"name": name, "token": token, "view": view, "devices": device})
        return
    typer.echo(token)
    if empty:
        typer.echo(f"Not published yet: {', '.join(empty)}. Publish: iot-hub device publish NAME", err=True)
    typer.echo(
        "Copy the token now: the hub stores only its hash. Send it as Authorization: Bearer TOKEN, or by Basic"
        f" authentication as the password. Revoke it: iot-hub reader revoke {name!r}",
        err=True,
    )


def list_(as_json: AsJson = False) -> None:
    """List all readers: what each may read, and the minute of its newest request."""
    from iot_hub.access.readers import list_readers

    with owner_connection() as connection:
        rows = list_readers(connection)
    print_rows(rows, as_json=as_json, empty="No reader yet. Add one: iot-hub reader add NAME")


def revoke(name: Name) -> None:
    """Revoke a reader's token: its next request is rejected."""
    from iot_hub.access.readers import revoke_reader

    with owner_connection() as connection:
        revoke_reader(connection, name)
    typer.echo(f"The reader {name!r} can no longer read anything.")
