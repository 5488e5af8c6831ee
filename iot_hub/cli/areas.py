"""``area add|list|edit|remove|finish|suggest|stays``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iot_hub.cli.output import AsJson, ProgressBar, print_json, print_rows
from iot_hub.cli.owner import owner_connection
from iot_hub.errors import UserError
from iot_hub.settings import settings

if TYPE_CHECKING:
    from iot_hub.privacy.areas import Connection

Name = Annotated[str, typer.Argument(help="The area's name.")]
GeoJson = Annotated[Path | None, typer.Option(help="A file with one polygon, drawn for example at geojson.io.")]
DrawnCircle = Annotated[
    str | None, typer.Option("--circle", metavar="LAT,LON,RADIUS", help="A circle; the radius in metres.")
]
_CHANGED = "Others see no readings until the hub has worked through past data. See how far it is: iot-hub area list"
_STAYS = (
    "Others will see where published devices stay outside private areas, and for how long, the past included:"
    " friends, doctors, hotels, each at its spot."
)
_SECONDS_BETWEEN_DRAWINGS = 0.5
_MARGIN_HELP = "Margin of the hidden zone around it in metres (0 to 20,000); less than 500 hides it less well."


class Switch(StrEnum):
    """On, or off."""

    ON = "on"
    OFF = "off"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    area = typer.Typer(no_args_is_help=True, help="Manage private areas: nothing measured inside is published.")
    area.command("add")(add)
    area.command("list")(list_)
    area.command("edit")(edit)
    area.command("remove")(remove)
    area.command("finish")(finish)
    area.command("suggest")(suggest)
    area.command("stays")(stays)
    app.add_typer(area, name="area")


def add(
    name: Name,
    geojson: GeoJson = None,
    circle: DrawnCircle = None,
    margin: Annotated[float, typer.Option(help=_MARGIN_HELP)] = 900,
) -> None:
    """Add a private area. It hides past data too, at once."""
    from iot_hub.privacy.areas import add_area

    with owner_connection() as connection:
        drawn = _read_polygon(connection, geojson, circle)
        if drawn is None:
            raise UserError("Where is it? Use --geojson FILE or --circle LAT,LON,RADIUS.")
        add_area(connection, name, drawn, margin)
    typer.echo(f"The area {name!r} is private now, for past data too. {_CHANGED}")
    _warn_of_small(margin)


def list_(as_json: AsJson = False) -> None:
    """List the private areas."""
    from iot_hub.privacy.areas import list_areas
    from iot_hub.worker.masking import masking_progress

    with owner_connection() as connection:
        rows = list_areas(connection)
        progress = masking_progress(connection)
    print_rows(rows, as_json=as_json, empty="No private area yet. See what to add: iot-hub area suggest")
    if progress and not as_json:
        typer.echo(
            f"Working through past data: {progress.percent} %. Until then others see no readings."
            " If the hub is not running: iot-hub area finish"
        )


def edit(
    name: Annotated[str, typer.Argument(help="The area's name.")],
    geojson: GeoJson = None,
    circle: DrawnCircle = None,
    margin: Annotated[float | None, typer.Option(help=_MARGIN_HELP)] = None,
    new_name: Annotated[str | None, typer.Option("--name", help="A new name.")] = None,
) -> None:
    """Change a private area's shape, margin or name. Data that it no longer hides are published."""
    from iot_hub.privacy.areas import edit_area
    from iot_hub.worker.masking import masking_progress

    if geojson is None and circle is None and margin is None and new_name is None:
        raise UserError("What is to change? Use --geojson, --circle, --margin or --name.")
    with owner_connection() as connection:
        drawn = _read_polygon(connection, geojson, circle)
        edit_area(connection, name, geojson=drawn, margin_m=margin, new_name=new_name)
        changed = masking_progress(connection) is not None
    typer.echo(f"Changed the area {(new_name or name)!r}." + (f" {_CHANGED}" if changed else ""))
    _warn_of_small(margin)


def remove(
    name: Annotated[str, typer.Argument(help="The area's name.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Remove a private area: data measured inside will be published."""
    from iot_hub.privacy.areas import remove_area

    if not yes:
        typer.confirm(
            f"Everything measured inside {name!r}, including past data, will be published. Continue?", abort=True
        )
    with owner_connection() as connection:
        remove_area(connection, name)
    typer.echo(f"Removed the area {name!r}. {_CHANGED}")


def finish() -> None:
    """Work through past data after a change of the areas, instead of leaving it to the running hub."""
    from iot_hub.worker.masking import mask_for, masking_progress

    draw = ProgressBar()
    with owner_connection() as connection:
        while mask_for(connection, _SECONDS_BETWEEN_DRAWINGS):
            if progress := masking_progress(connection):
                draw("Masking", progress.judged, progress.positions)
    typer.echo("All past data are masked by the private areas. Others see published readings again.")


def suggest(as_json: AsJson = False) -> None:
    """Suggest private areas: places where devices spend nights or working days that no area covers."""
    from iot_hub.privacy.area_suggestions import suggest_areas

    with owner_connection() as connection:
        places = suggest_areas(connection, settings())
    if as_json:
        print_json([
            {"name": place.name, "latitude": round(place.latitude, 5), "longitude": round(place.longitude, 5),
             "radius_m": place.radius_m, "reasons": [str(reason) for reason in place.reasons],
             "command": place.command}
            for place in places
        ])  # fmt: skip
        return
    for place in places:
        typer.echo("\n".join([*map(str, place.reasons), f"    {place.command}", ""]))
    if not places:
        typer.echo("Nothing to suggest: no place where a device spends nights or working days is published.")


def stays(
    switch: Annotated[Switch | None, typer.Argument(help="Without it, say whether others see stays.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Show others where published devices stay, or hide it, at once. Off unless you turn it on.

    On, it reveals where you stop that is in no private area, such as the homes of friends and your doctor's, and when
    you came and left, the past included. It is shown to everyone who sees trips: on the map, and at /v1.
    """
    from iot_hub.privacy.stays import show_stays, stays_are_shown

    if switch is Switch.ON and not yes:
        typer.confirm(f"{_STAYS} Continue?", abort=True)
    with owner_connection() as connection:
        if switch is not None:
            show_stays(connection, shown=switch is Switch.ON)
        shown = stays_are_shown(connection)
    typer.echo("Others see published stays. Hide them: iot-hub area stays off" if shown else "Others see no stays.")


def _read_polygon(connection: Connection, geojson: Path | None, circle: str | None) -> bytes | str | None:
    from iot_hub.privacy import areas
    from iot_hub.privacy.area_shapes import circle_of

    if geojson and circle:
        raise UserError("Use either --geojson or --circle, not both.")
    if circle:
        return areas.circle(connection, circle_of(circle))
    try:
        return geojson.read_bytes() if geojson else None
    except OSError as error:
        raise UserError(f"{geojson} can't be read: {error.strerror}.") from error


def _warn_of_small(margin: float | None) -> None:
    from iot_hub.privacy.areas import MEASURED_MARGIN_M, SMALL_MARGIN

    if margin is not None and margin < MEASURED_MARGIN_M:
        typer.echo(SMALL_MARGIN, err=True)
