"""``metric list|add|remove``."""

from __future__ import annotations

from typing import Annotated

import typer

from iot_hub.cli.output import AsJson, print_json, print_rows
from iot_hub.cli.owner import owner_connection


def register(app: typer.Typer) -> None:
    """Add the commands."""
    metric = typer.Typer(no_args_is_help=True, help="Manage which numbers of your events have hourly figures.")
    metric.command("list")(list_)
    metric.command("add")(add)
    metric.command("remove")(remove)
    app.add_typer(metric, name="metric")


def list_(
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Only numbers that the hub does not know: those you may want to add.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the numbers that have hourly figures, and those that recent events hold without having any.

    Counts are of a sample, the newest events of each device. Values are never shown. Numbers inside an app's own
    message (`owntracks.…`) are not listed, and can be added all the same.
    """
    from iot_hub.worker.rolled_up_numbers import list_numbers

    with owner_connection() as connection:
        numbers = [each for each in list_numbers(connection) if each.status == "unknown" or not unknown]
    rows = [
        {
            "metric": each.metric,
            "path": list(each.path) if as_json else ".".join(each.path),
            "unit": each.unit,
            "label": each.label or None,
            "hourly": each.status == "rolled_up",
            "known": each.status != "unknown",
            "own": each.is_own,
            "published": each.published,
            "events": each.events,
            "device": each.device,
        }
        for each in numbers
    ]
    print_rows(rows, as_json=as_json, empty="Every number that was sent lately has hourly figures.")


def add(
    path: Annotated[
        str,
        typer.Argument(help="Where the number is in an event: keys joined by dots, or a JSON array of keys."),
    ],
    unit: Annotated[
        str | None, typer.Option(help="Its unit. Default: the one that its key ends in (…_percent is %), otherwise 1.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="The metric's name; the dashboard shows it in words. Default: the path.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute hourly figures of a number, from now on and of all stored events. Nothing of it is published.

    A number that has figures already keeps them; a new unit is taken.
    """
    from iot_hub.worker.rolled_up_numbers import add_number, parse_path

    with owner_connection() as connection:
        added = add_number(connection, parse_path(path), name=name, unit=unit)
    if as_json:
        print_json({"metric": added.metric, "unit": added.unit, "hours": added.hours})
        return
    typer.echo(f"{added.metric} ({added.unit}) has hourly figures.")
    if added.hours:
        typer.echo(f"{added.hours} hours already hold it; the worker computes them, newest first.", err=True)


def remove(
    metric: Annotated[str, typer.Argument(help="The metric's name, or its path.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a number's hourly figures, and compute none from now on. The events keep it.

    Added again it gets its figures back, except of days whose events retention has dropped.
    """
    from iot_hub.worker.rolled_up_numbers import metric_named, remove_number

    with owner_connection() as connection:
        name = metric_named(connection, metric)
        if not yes:
            typer.confirm(f"Delete the hourly figures of {name}? The events keep it.", abort=True)
        remove_number(connection, name)
    typer.echo(f"{name} no longer has hourly figures.")
