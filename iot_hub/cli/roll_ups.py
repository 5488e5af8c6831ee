"""``refresh``: recompute roll-ups on demand."""

from __future__ import annotations

from typing import Annotated

import typer

from iot_hub.cli.owner import owner_connection
from iot_hub.cli.times import parse_time


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(refresh)


def refresh(
    since: Annotated[
        str, typer.Option("--from", help="Start: ISO 8601 time, in your time zone unless it has an offset.")
    ],
    until: Annotated[str, typer.Option("--to", help="End: ISO 8601 time, in your time zone unless it has an offset.")],
) -> None:
    """Recompute all roll-ups of a range of hours. Safe to repeat at any time."""
    from iot_hub.worker.recompute import months_between, refresh_hours

    months = months_between(parse_time(since), parse_time(until))
    with owner_connection() as connection, typer.progressbar(months, label="Refreshing") as progress:
        for start, end in progress:
            refresh_hours(connection, start, end)
    typer.echo("The roll-ups match the raw events.")
