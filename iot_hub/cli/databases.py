"""``migrate`` and ``db url``."""

from __future__ import annotations

from typing import Annotated

import typer

from iot_hub.settings import settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(migrate)
    group = typer.Typer(no_args_is_help=True, help="Connect other programs to the database.")
    group.command("url")(url)
    app.add_typer(group, name="db")


def migrate() -> None:
    """Migrate the database to this version of the hub. Adopts a database of the first beta."""
    from iot_hub.database.migrations import migrate as run
    from iot_hub.operations.postgres_server import running_server

    with running_server(settings()):
        done = run(settings())
    for name in done.applied:
        typer.echo(f"applied {name}")
    if done.published:
        typer.echo(done.published)
    if done.adopted:
        typer.echo(
            "adopted a database of the first beta: {events} events, {duplicates} repeated rows marked,"
            " {quarantined} rows in quarantine".format(**done.adopted)
        )
    if done.newer_version:
        typer.echo(
            f"The database belongs to a newer hub ({done.newer_version}). This version works with it; nothing changed."
        )
    elif not done.applied:
        typer.echo("The database is up to date.")


def url(
    viewer: Annotated[bool, typer.Option("--viewer", help="For the role that can only read published views.")] = False,
) -> None:
    """Print a connection URL for psql, Grafana or QGIS. It contains a password."""
    from iot_hub.database import connections

    conninfo = connections.viewer_conninfo if viewer else connections.owner_conninfo
    typer.echo(connections.url(conninfo(settings(), "")))
