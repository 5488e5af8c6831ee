"""``import first-beta``: history from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from iot_hub.commands.output import AsJson, print_json
from iot_hub.commands.owner import owner_connection
from iot_hub.errors import UserError
from iot_hub.settings import settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Bring in history from elsewhere. Twice stores nothing twice.")
    group.command("first-beta")(first_beta)
    # Typer would take a group of one command for the command itself.
    group.callback()(lambda: None)
    app.add_typer(group, name="import")


def first_beta(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH…", help="Folders with a copy of the bucket.")
    ] = None,
    bucket: Annotated[bool, typer.Option("--bucket", help="Read the bucket of the settings (IOT_HUB_S3_…).")] = False,
    as_json: AsJson = False,
) -> None:
    """Import the first beta's bucket: mobile/{device_id}/{date}/{time}.json, one event a file."""
    from iot_hub.archive.first_beta import files_in_bucket, files_in_folder, import_files
    from iot_hub.commands.archive import ProgressBar
    from iot_hub.object_store import object_store

    if bool(paths) == bucket:
        raise UserError("Name the folders to import, or --bucket for the settings' own bucket.")
    files = [file for path in paths or () for file in files_in_folder(path)]
    if bucket:
        if not settings().s3_endpoint:
            raise UserError("--bucket needs IOT_HUB_S3_ENDPOINT and the keys.")
        files = files_in_bucket(object_store(settings()))
    with owner_connection() as connection:
        done = import_files(connection, files, ProgressBar().of("Importing"))
    if as_json:
        print_json(done)
        return
    typer.echo(
        f"{done.files} files: {done.stored} stored, {done.duplicates} known already, {done.rejected} rejected"
        f" ('iot-hub quarantine list' shows why), {done.foreign} not of the layout."
    )
