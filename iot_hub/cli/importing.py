"""``import FORMAT FILE…``: history from elsewhere."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from iot_hub.cli.output import AsJson, ProgressBar, print_json
from iot_hub.cli.owner import owner_connection
from iot_hub.cli.times import TimeZone, zone_named
from iot_hub.errors import UserError
from iot_hub.settings import settings
from iot_hub.transfer.imports.formats import FORMATS, Format, format_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot_hub.sources import ParseContext

AUTO = "auto"


class _ByAnyName(TyperGroup):
    """Finds a format's command by any of its names."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - Typer's own types are not public
        found = format_named(cmd_name)
        return super().get_command(ctx, found.name if found else cmd_name.lower().replace("_", "-"))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        no_args_is_help=True,
        cls=_ByAnyName,
        help="Import history from elsewhere. Safe to repeat: duplicates are skipped.",
    )
    group.command(AUTO, help="Import files of any format, recognised by their content.")(import_)
    for format in FORMATS.values():
        group.command(format.name, help=format.what)(import_)
    group.command("first-beta")(first_beta)
    app.add_typer(group, name="import")


def import_(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Files, archives (zip, tar, gz, bz2, xz, zst), or folders.")
    ],
    device: Annotated[
        str | None, typer.Option(help="The device of the readings, by id or name; a hub's own exports name theirs.")
    ] = None,
    add_device: Annotated[
        str | None, typer.Option(metavar="TYPE", help="Add the device if it does not exist: smartphone, car, …")
    ] = None,
    time_zone: TimeZone = None,
    device_tag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TAG", help="Import this tracker of several in the files; an import without it lists the tags."
        ),
    ] = None,
    key: Annotated[str | None, typer.Option(help="The key of encrypted messages (OwnTracks).")] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="The columns of a table: time=NAME,latitude=NAME,longitude=NAME,speed_kmh=NAME,…"),
    ] = None,
    encoding: Annotated[
        str, typer.Option(metavar="NAME", help="The encoding of text that is not UTF-8: windows-1250, iso-8859-2, …")
    ] = "windows-1252",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Report what would be imported, and store nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import files of the format that the command is named after, or of any format."""
    from iot_hub.database.connections import connect, owner_conninfo
    from iot_hub.transfer.imports.run import Import, run_import

    format = format_named(context.info_name or "")
    wanted = Import(
        files,
        format,
        _context(time_zone, key, columns),
        device,
        add_device,
        dry_run,
        frozenset(device_tag or ()),
        _checked(encoding),
    )
    with owner_connection() as reading, connect(owner_conninfo(settings(), "iot-hub import")) as storing:
        bar = ProgressBar()
        account = run_import(wanted, reading, storing, bar.of("Importing"), bar.of("Counting trackers"))
    if as_json:
        print_json(account.to_dict())
    else:
        typer.echo("\n".join(account.lines(is_dry_run=dry_run)))
    if account.is_empty:
        raise typer.Exit(1)


def _checked(encoding: str) -> str:
    from iot_hub.transfer.imports.text_encoding import is_known

    if not is_known(encoding):
        raise UserError(f"Unknown encoding {encoding!r}. Use a name such as windows-1250 or iso-8859-2.")
    return encoding


def _context(zone: str | None, key: str | None, columns: str | None) -> Callable[[Format], ParseContext]:
    from iot_hub.ingest.car_pids import car_pids
    from iot_hub.sources import ParseContext
    from iot_hub.transfer.imports.columns import parse_columns

    now = time.time_ns() // 1_000
    named = parse_columns(columns or "")
    pids = car_pids(settings())
    return lambda format: ParseContext(now, time_zone=zone_named(zone, format), key=key, columns=named, pids=pids)


def first_beta(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH…", help="Folders that contain a copy of the bucket.")
    ] = None,
    bucket: Annotated[bool, typer.Option("--bucket", help="Read the bucket in the settings (IOT_HUB_S3_…).")] = False,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="Read a database of the first beta: postgresql://…")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import the first beta's bucket (mobile/{device_id}/{date}/{time}.json, one event per file) or its database."""
    from iot_hub.archive.object_store import object_store
    from iot_hub.transfer.imports.first_beta_archive import files_in_bucket, files_in_folder, import_files

    if [bool(paths), bucket, bool(database)].count(True) != 1:
        raise UserError(
            "Name the folders to import, or use --bucket for the bucket in the settings, or --database URL."
        )
    if database:
        _first_beta_database(database, as_json=as_json)
        return
    files = [file for path in paths or () for file in files_in_folder(path)]
    if bucket:
        if not settings().s3_endpoint:
            raise UserError("--bucket needs IOT_HUB_S3_ENDPOINT and its keys.")
        files = files_in_bucket(object_store(settings()))
    with owner_connection() as connection:
        done = import_files(connection, files, ProgressBar().of("Importing"))
    if as_json:
        print_json(done)
        return
    typer.echo(
        f"{done.files} files: {done.stored} stored, {done.duplicates} duplicates, {done.rejected} rejected"
        f" ('iot-hub quarantine list' shows why), {done.foreign} not in the layout."
    )


def _first_beta_database(url: str, *, as_json: bool) -> None:
    from iot_hub.database.connections import connect
    from iot_hub.transfer.imports.first_beta_database import import_database

    with connect(url) as beta, owner_connection() as connection:
        account = import_database(beta, connection, ProgressBar().of("Importing"))
    if as_json:
        print_json(account.to_dict())
    else:
        typer.echo("\n".join(account.lines(is_dry_run=False)))
