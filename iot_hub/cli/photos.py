"""``photos scan``."""

from __future__ import annotations

import typer

from iot_hub.cli.output import AsJson, print_json
from iot_hub.cli.owner import owner_connection
from iot_hub.errors import UserError
from iot_hub.settings import settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    photos = typer.Typer(no_args_is_help=True, help="Show your photos on the map page, which only you see.")
    photos.callback()(_photos)
    photos.command("scan")(scan)
    app.add_typer(photos, name="photos")


def _photos() -> None:
    """Show your photos on the map page, which only you see."""


def scan(as_json: AsJson = False) -> None:
    """Read when and where the photos of IOT_HUB_PHOTOS were taken: new and changed files; removed ones go."""
    from iot_hub.photos.scan import scan_photos

    folder = settings().photos
    if folder is None:
        raise UserError("Which folder? Set IOT_HUB_PHOTOS to that of your photos.")
    with owner_connection() as connection:
        found = scan_photos(connection, folder, settings().zone)
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found.photos} photos; {found.read} files were new or changed, {found.removed} are gone.")
    if found.unreadable:
        typer.echo(f"{found.unreadable} files can't be read as photos.")
