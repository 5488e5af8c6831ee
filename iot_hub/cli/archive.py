"""``archive run|verify|restore``: raw events in object storage."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from iot_hub.cli.output import AsJson, ProgressBar, print_json, print_rows
from iot_hub.errors import UserError
from iot_hub.settings import settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        no_args_is_help=True, help="Archive raw events in object storage, and restore a hub from there."
    )
    group.command("run")(run)
    group.command("verify")(verify)
    group.command("restore")(restore)
    app.add_typer(group, name="archive")


def run(
    before: Annotated[str | None, typer.Option(help="Only days before this date (YYYY-MM-DD).")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Read every object and rewrite broken ones.")] = False,
    as_json: AsJson = False,
) -> None:
    """Archive the events of finished days (UTC) that are not in the archive yet. The worker does this every night."""
    from iot_hub.archive.repair import repair_archive
    from iot_hub.archive.run import run_archive
    from iot_hub.operations.postgres_server import running_server

    limit = _date(before)
    bar = ProgressBar()
    with running_server(settings()):
        done = (repair_archive if repair else run_archive)(settings(), limit, bar.of("Archiving"))
    if as_json:
        print_json(done)
    else:
        typer.echo(f"{done.events} events archived in {done.objects} objects, {done.bytes} bytes.")
    for problem in done.problems:
        typer.echo(problem, err=True)
    if done.problems:
        raise typer.Exit(1)


def verify(
    sample: Annotated[int, typer.Option(min=0, help="Number of objects to read in full.")] = 20,
    everything: Annotated[bool, typer.Option("--all", help="Read all objects in full.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare every day of the archive with the database, and read a sample of its objects."""
    from iot_hub.archive.verify import verify_archive
    from iot_hub.operations.postgres_server import running_server

    with running_server(settings()):
        found = verify_archive(settings(), None if everything else sample)
    if as_json:
        print_json(found)
    else:
        print_rows(found.problems, as_json=False, empty="The archive is complete and readable.")
        typer.echo(
            f"{found.days} days, {found.events} events, {found.objects} objects ({found.bytes} bytes),"
            f" {found.read} of them read, {len(found.problems)} problems.",
            err=True,
        )
    if found.problems:
        raise typer.Exit(1)


def restore(as_json: AsJson = False) -> None:
    """Restore an empty hub from the archive: devices, areas, tokens, settings, events, roll-ups."""
    from iot_hub.archive.restore import restore_archive
    from iot_hub.database.migrations import migrate
    from iot_hub.operations.postgres_server import running_server

    bar = ProgressBar()
    with running_server(settings()):
        migrate(settings())
        done = restore_archive(settings(), bar)
    if as_json:
        print_json(done)
    else:
        typer.echo(f"{done.events} events restored from {done.objects} objects.")
    if done.problems:
        if not as_json:
            print_rows(done.problems, as_json=False, empty="")
        raise typer.Exit(1)


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UserError(f"{text!r} is not a date such as 2026-03-29.") from error
