"""``retention set|list|remove|run|bring-back``: how long raw events stay in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from iot_hub.cli.output import AsJson, ProgressBar, print_json, print_rows
from iot_hub.cli.owner import owner_connection
from iot_hub.settings import settings

Device = Annotated[str | None, typer.Option(help="Only this device, by name or id.")]
Family = Annotated[str | None, typer.Option(help="Only this group (top-level key of properties), such as battery.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Delete old raw events from the database once they are in the archive. Off by default.",
    )
    group.command("set")(set_)
    group.command("list")(list_)
    group.command("remove")(remove)
    group.command("run")(run)
    group.command("bring-back")(bring_back)
    app.add_typer(group, name="retention")


def set_(
    days: Annotated[int, typer.Argument(help="Number of days that raw events stay, at least 7.")],
    device: Device = None,
    family: Family = None,
) -> None:
    """Set how long raw events stay in the database. The most specific rule applies."""
    from iot_hub.archive.retention.rules import set_rule

    with owner_connection() as connection:
        set_rule(connection, days, device, family)
    whose = f"Raw events of {device}" if device else "Raw events"
    which = f" with {family}, unless another rule keeps them longer," if family else ""
    typer.echo(
        f"{whose}{which} leave the database after {days} days, at night. Nothing is deleted before it has been"
        " read back in full from the archive, and roll-ups stay.\n"
        "See what would be deleted now: iot-hub retention run --dry-run"
    )


def list_(as_json: AsJson = False) -> None:
    """List the rules. A dash means all devices, or all groups."""
    from iot_hub.archive.retention.rules import list_rules

    with owner_connection() as connection:
        rows = list_rules(connection)
    print_rows(
        rows, as_json=as_json, empty="No rule: every raw event stays in the database. Set one: iot-hub retention set"
    )


def remove(device: Device = None, family: Family = None) -> None:
    """Remove the rule for exactly this device and group."""
    from iot_hub.archive.retention.rules import remove_rule

    with owner_connection() as connection:
        remove_rule(connection, device, family)
    typer.echo("The rule is removed. Deleted events stay in the archive.")


def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report what would be deleted.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete expired raw events, once they have been read back from the archive."""
    from iot_hub.archive.retention.run import run_retention, would_expire
    from iot_hub.operations.postgres_server import running_server

    with running_server(settings()):
        done = (
            would_expire(settings()) if dry_run else run_retention(settings(), on_progress=ProgressBar().of("Deleting"))
        )
    if as_json:
        print_json(done)
    else:
        verb = "would be deleted" if dry_run else "deleted"
        typer.echo(f"{done.events} events of {done.days} days {verb}, about {done.bytes} bytes.")
        if not dry_run:
            typer.echo(f"{done.partitions} empty months removed.")
        _print_waiting(done.waiting)
    _end(done.problems)


def bring_back(as_json: AsJson = False) -> None:
    """Restore deleted days for which late events have arrived. The worker does this automatically."""
    from iot_hub.archive.retention.restore_days import restore_days
    from iot_hub.operations.postgres_server import running_server

    with running_server(settings()):
        done = restore_days(settings(), ProgressBar().of("Restoring"))
    if as_json:
        print_json(done)
    else:
        typer.echo(f"{done.events} events of {done.days} days restored.")
    _end(done.problems)


def _print_waiting(waiting: Sequence[str]) -> None:
    for line in waiting[:10]:
        typer.echo(f"Waiting: {line}", err=True)
    if len(waiting) > 10:
        typer.echo(f"Waiting: {len(waiting) - 10} more days", err=True)


def _end(problems: Sequence[str]) -> None:
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
