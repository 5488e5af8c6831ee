"""``migrate`` and ``db url``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from iot_hub.cli.output import AsJson, print_json
from iot_hub.settings import settings

if TYPE_CHECKING:
    from iot_hub.database.migrations import Migrated, Plan

_NEWER = "The database belongs to a newer hub ({}). This version works with it; nothing changed."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(migrate)
    group = typer.Typer(no_args_is_help=True, help="Connect other programs to the database.")
    group.command("url")(url)
    app.add_typer(group, name="db")


def migrate(
    plan: Annotated[bool, typer.Option("--plan", help="List what a migration would do; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Migrate the database to this version of the hub. Adopts a database of the first beta."""
    from iot_hub.database import migrations
    from iot_hub.operations.postgres_server import running_server

    if plan:
        _print_plan(_planned(), as_json=as_json)
        return
    with running_server(settings()):
        done = migrations.migrate(settings())
    _print_migrated(done, as_json=as_json)


def _planned() -> Plan:
    from iot_hub.database import migrations
    from iot_hub.operations.postgres_cluster import Cluster
    from iot_hub.operations.postgres_server import running_server

    if settings().database_url is None and not Cluster(settings()).exists():
        return migrations.plan_of_new_database()
    with running_server(settings()):
        return migrations.plan(settings())


def _print_plan(plan: Plan, *, as_json: bool) -> None:
    if as_json:
        print_json({**asdict(plan), "is_up_to_date": plan.is_empty})
        return
    for name in plan.migrations:
        typer.echo(f"would apply {name}")
    if plan.replaces_functions_and_views:
        typer.echo("would replace functions, views, rights and comments")
    if plan.adopts_first_beta:
        typer.echo("would adopt a database of the first beta")
    if plan.newer_version:
        typer.echo(_NEWER.format(plan.newer_version))
    elif plan.is_empty:
        typer.echo("The database is up to date.")


def _print_migrated(done: Migrated, *, as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
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
        typer.echo(_NEWER.format(done.newer_version))
    elif not done.applied:
        typer.echo("The database is up to date.")


def url(
    viewer: Annotated[bool, typer.Option("--viewer", help="For the role that can only read published views.")] = False,
) -> None:
    """Print a connection URL for psql, Grafana or QGIS. It contains a password."""
    from iot_hub.database import connections

    conninfo = connections.viewer_conninfo if viewer else connections.owner_conninfo
    typer.echo(connections.url(conninfo(settings(), "")))
