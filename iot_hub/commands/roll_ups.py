"""``refresh``: recompute roll-ups by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from iot_hub.commands.owner import owner_connection
from iot_hub.errors import UserError
from iot_hub.settings import settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(refresh)


def refresh(
    since: Annotated[str, typer.Option("--from", help="ISO 8601 time; without offset, in your time zone.")],
    until: Annotated[str, typer.Option("--to", help="ISO 8601 time; without offset, in your time zone.")],
) -> None:
    """Recompute all roll-ups of a range of hours. Safe to run at any time, any number of times."""
    from iot_hub.roll_ups import months_between, refresh_hours

    months = months_between(_moment(since), _moment(until))
    with owner_connection() as connection, typer.progressbar(months, label="Refreshing") as progress:
        for start, end in progress:
            refresh_hours(connection, start, end)
    typer.echo("The roll-ups match the raw events.")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"{text!r} is not an ISO 8601 time such as 2026-03-29 or 2026-03-29T14:00+02:00.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=settings().zone)
