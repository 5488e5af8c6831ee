"""``quarantine list|show|replay|drop``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from iot_hub.cli.output import AsJson, print_rows
from iot_hub.cli.owner import owner_connection
from iot_hub.database.queries import query
from iot_hub.errors import UserError
from iot_hub.settings import settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Manage payloads that could not be stored.")
    group.command("list")(list_)
    group.command("show")(show)
    group.command("replay")(replay)
    group.command("drop")(drop)
    app.add_typer(group, name="quarantine")


def list_(most: Annotated[int, typer.Option(help="Maximum number to list.")] = 50, as_json: AsJson = False) -> None:
    """List rejected payloads with the reason, newest first."""
    with owner_connection() as connection:
        rows = connection.execute(query("list_quarantine"), {"most": most}).fetchall()
    print_rows(rows, as_json=as_json, empty="Nothing is in quarantine.")


def show(number: Annotated[int, typer.Argument(metavar="ID", help="Its id in 'list'.")]) -> None:
    """Print a payload, byte for byte."""
    with owner_connection() as connection:
        row = connection.execute(query("show_quarantine"), {"id": number}).fetchone()
    if row is None:
        raise UserError(f"There is no payload {number} in quarantine.")
    sys.stdout.buffer.write(bytes(row["payload"]))


def replay(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="ID…", help="Their ids in 'list'.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Replay all payloads.")] = False,
    as_json: AsJson = False,
) -> None:
    """Process payloads again. What can be stored now leaves the quarantine."""
    from dataclasses import asdict

    from iot_hub.ingest.car_pids import car_pids
    from iot_hub.transfer.replay import replay as run

    pids = car_pids(settings())
    with owner_connection() as connection:
        if everything:
            numbers = [row["id"] for row in connection.execute(query("all_quarantine_ids"))]
        if not numbers:
            raise UserError("Name the payloads to replay, or use --all.")
        replayed = run(connection, numbers, pids)
    print_rows([asdict(one) for one in replayed], as_json=as_json, empty="None of these is in quarantine.")
    if any(one.reason for one in replayed):
        raise typer.Exit(1)


def drop(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="ID…", help="Their ids in 'list'.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Delete all payloads.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete payloads permanently."""
    with owner_connection() as connection:
        if everything:
            numbers = [row["id"] for row in connection.execute(query("all_quarantine_ids"))]
        if not numbers:
            raise UserError("Name the payloads to delete, or use --all.")
        if not yes:
            typer.confirm(f"{len(numbers)} payloads will be permanently deleted. Continue?", abort=True)
        dropped = connection.execute(query("drop_quarantine"), {"ids": numbers}).fetchall()
    typer.echo(f"{len(dropped)} deleted.")
