"""``export FORMAT``: a device's events as a file that other programs read."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from iot_hub.cli.moment import moment
from iot_hub.cli.output import AsJson, ProgressBar, print_json
from iot_hub.cli.owner import owner_connection
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
        str | None, typer.Option("--from", help="ISO 8601 time or date; without offset, in your time zone.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="The end, itself left out: a date is its first moment.")
    ] = None,
    output: Annotated[
        str | None, typer.Option(help="A file, a folder, or - for standard output; by default DEVICE-FROM-TO here.")
    ] = None,
    published: Annotated[
        bool, typer.Option("--published", help="Only what others may see: nothing of private places.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a device's events to a file. Yours are whole, private places included; --published leaves those out."""
    from iot_hub.transfer.exports import export as exporting
    from iot_hub.transfer.exports.destination import standard_output

    format = _format(name)
    if as_json and output == "-":
        raise UserError("--json prints on standard output, where the export would go too: give --output FILE.")
    with _reader(device, since, until, published=published) as (connection, wanted):
        span = exporting.exported_span(connection, format, wanted)
        path = _path(output, format, wanted, span)
        target = _file(path, force=force) if path else standard_output(is_text=format.is_text)
        with target as file:
            done = exporting.export(connection, format, wanted, file, _progress(path))
    if as_json:
        print_json({"file": str(path), **asdict(done)})
    else:
        _tell(done, path)


def _format(name: str) -> Format:
    from iot_hub.transfer.exports.formats import FORMATS

    if name not in FORMATS:
        known = "; ".join(f"{each.name}, {each.what}" for each in FORMATS.values())
        raise UserError(f"{name!r} is no format. Formats: {known}.")
    return FORMATS[name]


@contextmanager
def _reader(
    device: str, since: str | None, until: str | None, *, published: bool
) -> Iterator[tuple[Connection, Wanted]]:
    """Connect as who may read it: the owner, or for what is published the viewer."""
    from iot_hub.access.devices import named_device, unpublished_among
    from iot_hub.database.connections import connect, viewer_conninfo
    from iot_hub.transfer.exports.reading import EARLIEST, LATEST, Wanted

    start, end = moment(since) if since else EARLIEST, moment(until) if until else LATEST
    if start >= end:
        raise UserError("--from must lie before --to.")
    with owner_connection() as owner:
        wanted = Wanted(*named_device(owner, device), start, end, published)
        if not published:
            _warn_of_dropped(owner, wanted)
            yield owner, wanted
            return
        if unpublished_among(owner, [device]):
            raise UserError(f"{wanted.device} is not published, so others see nothing of it: iot-hub device publish")
        with connect(viewer_conninfo(settings(), "iot-hub export")) as viewer:
            yield viewer, wanted


def _warn_of_dropped(connection: Connection, wanted: Wanted) -> None:
    from iot_hub.transfer.exports.reading import dropped_days

    if days := dropped_days(connection, wanted):
        typer.echo(f"Events of {days} days are in the archive only (retention): they are not in this file.", err=True)


def _path(output: str | None, format: Format, wanted: Wanted, span: Span) -> Path | None:
    """Give the file's path, or None for standard output."""
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
    # A bar among the lines of an export on a terminal would be in both's way.
    if path is None and sys.stdout.isatty():
        return lambda done, total: None
    return ProgressBar().of("Exporting")


def _tell(done: Exported, path: Path | None) -> None:
    # What was written to standard output must stay alone there.
    typer.echo(f"{done.events} events written{f' to {path}' if path else ''}.", err=path is None)
    if done.without_position:
        typer.echo(
            f"{done.without_position} events have no position and are left out: use ndjson for everything.", err=True
        )
