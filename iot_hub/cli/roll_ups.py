"""``refresh``: recompute roll-ups by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from iot_hub.cli.moment import moment
from iot_hub.cli.owner import owner_connection


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(refresh)


def refresh(
    since: Annotated[str, typer.Option("--from", help="ISO 8601 time; without offset, in your time zone.")],
    until: Annotated[str, typer.Option("--to", help="ISO 8601 time; without offset, in your time zone.")],
) -> None:
    """Recompute all roll-ups of a range of hours. Safe to run at any time, any number of times."""
    from iot_hub.worker.recompute import months_between, refresh_hours

    months = months_between(moment(since), moment(until))
    with owner_connection() as connection, typer.progressbar(months, label="Refreshing") as progress:
        for start, end in progress:
            refresh_hours(connection, start, end)
    typer.echo("The roll-ups match the raw events.")
