"""``poster``: a trip or a year as a sheet for the wall."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iot_hub.cli.owner import owner_connection
from iot_hub.cli.times import parse_time
from iot_hub.errors import UserError
from iot_hub.settings import settings

if TYPE_CHECKING:
    from iot_hub.posters.poster import Orientation, Poster, Size, Theme

_YEARS = range(1970, 2200)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(poster)


def poster(
    year: Annotated[
        int | None, typer.Argument(metavar="YEAR", help="A calendar year; or else --from and --to.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="The device, by name or id. Default: all.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Trips that start then or later: time or date.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Trips that start before: time or date.")] = None,
    output: Annotated[Path, typer.Option(help="The file: .pdf or .png.")] = Path("poster.pdf"),
    size: Annotated[str, typer.Option(help="a3 or a2.")] = "a3",
    landscape: Annotated[bool, typer.Option("--landscape", help="Wider than high.")] = False,
    dark: Annotated[bool, typer.Option("--dark", help="Dark colours.")] = False,
    title: Annotated[str | None, typer.Option(help="Default: the year, where a trip led, or the days.")] = None,
    language: Annotated[str | None, typer.Option("--lang", help="en or pl. Default: the hub's.")] = None,
    published: Annotated[bool, typer.Option("--published", help="Only what others may see.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Draw the trips of a year, or of any time, as a poster: PDF or PNG."""
    from iot_hub.transfer.exports.destination import whole_file

    if output.suffix not in (".pdf", ".png"):
        raise UserError(f"{output} must end with .pdf or .png.")
    if size not in ("a2", "a3"):
        raise UserError(f"Unknown size {size!r}. Sizes: a3, a2.")
    if language not in (None, "en", "pl"):
        raise UserError(f"Unknown language {language!r}. Languages: en, pl.")
    start, end = _range(year, since, until)
    chosen: Size = "a2" if size == "a2" else "a3"
    how: Orientation = "landscape" if landscape else "portrait"
    colours: Theme = "dark" if dark else "light"
    spoken = language or ("pl" if settings().language == "pl" else "en")
    drawn = _composed(start, end, device, (chosen, how, colours), title, spoken, published=published)

    from iot_hub.posters.drawing import pdf_of
    from iot_hub.posters.raster import png_of

    file = pdf_of(drawn)
    with whole_file(output, replace=force) as target:
        target.write(png_of(file) if output.suffix == ".png" else file)
    typer.echo(f"Drew {output}.")


def _range(year: int | None, since: str | None, until: str | None) -> tuple[datetime, datetime]:
    if (year is None) == (since is None and until is None):
        raise UserError("Give a year, or --from and --to.")
    if year is not None:
        if year not in _YEARS:
            raise UserError(f"{year} must lie between {_YEARS[0]} and {_YEARS[-1]}.")
        return parse_time(f"{year}-01-01"), parse_time(f"{year + 1}-01-01")
    if since is None or until is None:
        raise UserError("Give both --from and --to.")
    start, end = parse_time(since), parse_time(until)
    if start >= end:
        raise UserError("--from must be before --to.")
    return start, end


def _composed(
    start: datetime, end: datetime, device: str | None, paper: tuple[Size, Orientation, Theme], title: str | None,
    language: str, *, published: bool,
) -> Poster:  # fmt: skip
    """Read what the audience may see, and compose the poster."""
    from iot_hub.access.devices import named_device
    from iot_hub.database import audiences
    from iot_hub.database.connections import connect
    from iot_hub.database.queries import query
    from iot_hub.posters.content import MOST_LINES, Wanted, step_of
    from iot_hub.posters.poster import Sheet

    with owner_connection() as owner:
        chosen = named_device(owner, device) if device else None
        wanted = Wanted(start, end, settings().zone, language, chosen[1] if chosen else None, Sheet(*paper), title)
        asked = {"since": start, "until": end, "devices": [chosen[0]] if chosen else None, "zone": wanted.zone.key}
        audience = audiences.public(settings(), "iot-hub poster") if published else audiences.owner(settings())
        with connect(audience.conninfo) as reader:
            [totals] = reader.execute(query("poster_totals"), asked).fetchall()
            more = asked | {"step_m": step_of(totals), "most": MOST_LINES}
            lines = reader.execute(query("poster_lines"), more).fetchall()
            ends = reader.execute(query("poster_ends"), asked).fetchone() if totals["trips"] == 1 else None
            of_year = None
            if wanted.year and not published:
                period = asked | {"step": "year", "least_s": settings().visit_minutes * 60}
                of_year = reader.execute(query("statistics_by_period"), period).fetchone()
    return wanted.compose(totals, lines, ends, of_year)
