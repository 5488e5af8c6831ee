"""``export FORMAT``: a device's events as a file for other programs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from iot_hub.cli.output import AsJson, ProgressBar, print_json
from iot_hub.cli.owner import owner_connection
from iot_hub.cli.times import parse_time
from iot_hub.errors import UserError
from iot_hub.settings import settings

if TYPE_CHECKING:
    from iot_hub.transfer.exports.export import Exported, OnProgress
    from iot_hub.transfer.exports.formats import Format
    from iot_hub.transfer.exports.reading import Connection, Span, Wanted


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(export)


def export(
    name: Annotated[
        str, typer.Argument(metavar="FORMAT", help="csv, geojson, gpx, ndjson, owntracks (.rec) or parquet.")
    ],
    device: Annotated[str, typer.Option(help="The device, by name or id.")],
    since: Annotated[
        str | None,
        typer.Option(
            "--from", help="Start, inclusive: ISO 8601 time or date, in your time zone unless it has an offset."
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--to", help="End, exclusive: ISO 8601 time or date, which means the start of that day."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(help="A file, a folder, or - for standard output. Default: DEVICE-FROM-TO in this folder."),
    ] = None,
    published: Annotated[
        bool, typer.Option("--published", help="Only published data: nothing from private places.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Export a device's events to a file. Includes private places, unless --published is given."""
    from iot_hub.transfer.exports import export as exporting
    from iot_hub.transfer.exports.destination import standard_output

    format = _format(name)
    if as_json and output == "-":
        raise UserError("--json and the export would both go to standard output: use --output FILE.")
    with _reader(device, since, until, published=published) as (connection, wanted):
        span = exporting.exported_span(connection, format, wanted)
        path = _path(output, format, wanted, span)
        target = _file(path, force=force) if path else standard_output(is_text=format.is_text)
        with target as file:
            done = exporting.export(connection, format, wanted, file, _progress(path))
    if as_json:
        print_json({"file": str(path), **asdict(done)})
    else:
        _print_result(done, path)


def _format(name: str) -> Format:
    from iot_hub.transfer.exports.formats import FORMATS

    if name not in FORMATS:
        known = "; ".join(f"{each.name}, {each.what}" for each in FORMATS.values())
        raise UserError(f"Unknown format {name!r}. Formats: {known}.")
    return FORMATS[name]


@contextmanager
def _reader(
    device: str, since: str | None, until: str | None, *, published: bool
) -> Iterator[tuple[Connection, Wanted]]:
    """Connect as the owner, or for published data as the viewer."""
    from iot_hub.access.devices import named_device, unpublished_among
    from iot_hub.database.connections import connect, viewer_conninfo
    from iot_hub.transfer.exports.reading import EARLIEST, LATEST, Wanted

    start, end = parse_time(since) if since else EARLIEST, parse_time(until) if until else LATEST
    if start >= end:
        raise UserError("--from must be before --to.")
    with owner_connection() as owner:
        wanted = Wanted(*named_device(owner, device), start, end, published)
        if not published:
            _warn_of_dropped(owner, wanted)
            yield owner, wanted
            return
        if unpublished_among(owner, [device]):
            raise UserError(
                f"{wanted.device} is not published, so there is nothing to export. Publish it: iot-hub device publish"
            )
        with connect(viewer_conninfo(settings(), "iot-hub export")) as viewer:
            yield viewer, wanted


def _warn_of_dropped(connection: Connection, wanted: Wanted) -> None:
    from iot_hub.transfer.exports.reading import dropped_days

    if days := dropped_days(connection, wanted):
        typer.echo(
            f"Events of {days} days are only in the archive (retention), so they are not in this file.", err=True
        )


def _path(output: str | None, format: Format, wanted: Wanted, span: Span) -> Path | None:
    """Return the file's path, or None for standard output."""
    if output == "-":
        return None
    path = Path(output or ".")
    return path / _file_name(format, wanted, span) if path.is_dir() else path


def _file_name(format: Format, wanted: Wanted, span: Span) -> str:
    device = re.sub(r"[^\w.]+", "-", wanted.device)[:40].strip("-.") or f"device-{wanted.device_id}"
    first, last = (f"{instant.astimezone(settings().zone):%Y-%m-%d}" for instant in span)
    return f"{device}-{first}-{last}.{format.extension}"


def _file(path: Path, *, force: bool) -> AbstractContextManager[BinaryIO]:
    from iot_hub.transfer.exports.destination import whole_file

    return whole_file(path, replace=force)


def _progress(path: Path | None) -> OnProgress:
    # On a terminal, a bar would get mixed up with the lines of the export.
    if path is None and sys.stdout.isatty():
        return lambda done, total: None
    return ProgressBar().of("Exporting")


def _print_result(done: Exported, path: Path | None) -> None:
    # Standard output must contain nothing but the export.
    typer.echo(f"{done.events} events written{f' to {path}' if path else ''}.", err=path is None)
    if done.without_position:
        typer.echo(
            f"{done.without_position} events have no position and are not in the file; ndjson contains them too.",
            err=True,
        )
