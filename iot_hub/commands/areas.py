"""``area add|list|remove``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from iot_hub.commands.output import AsJson, print_rows
from iot_hub.commands.owner import owner_connection
from iot_hub.errors import UserError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    area = typer.Typer(no_args_is_help=True, help="Keep private areas: nothing measured inside is published.")
    area.command("add")(add)
    area.command("list")(list_)
    area.command("remove")(remove)
    app.add_typer(area, name="area")


def add(
    name: Annotated[str, typer.Argument(help="What you call it.")],
    geojson: Annotated[Path, typer.Option(help="A file with one polygon; geojson.io draws one.")],
) -> None:
    """Add a private area. It hides the past too, at once."""
    from iot_hub.areas import add_area

    try:
        drawn = geojson.read_bytes()
    except OSError as error:
        raise UserError(f"{geojson} can't be read: {error.strerror}.") from error
    with owner_connection() as connection:
        add_area(connection, name, drawn)
    typer.echo(f"The area {name!r} is private now, its past included.")


def list_(as_json: AsJson = False) -> None:
    """List the private areas."""
    from iot_hub.areas import list_areas

    with owner_connection() as connection:
        rows = list_areas(connection)
    print_rows(rows, as_json=as_json, empty="No private area yet. Add one: iot-hub area add home --geojson FILE")


def remove(
    name: Annotated[str, typer.Argument(help="The area's name.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a private area: what was measured inside will be published."""
    from iot_hub.areas import remove_area

    if not yes:
        typer.confirm(f"Everything measured inside {name!r}, past included, will be published. Go on?", abort=True)
    with owner_connection() as connection:
        remove_area(connection, name)
    typer.echo(f"The area {name!r} is gone.")
