"""``place add|list|edit|remove|import|suggest``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from iot_hub.cli.output import AsJson, print_json, print_rows
from iot_hub.cli.owner import owner_connection
from iot_hub.errors import UserError

NameOrId = Annotated[str, typer.Argument(metavar="NAME", help="The place's name, or its number.")]
_KIND = (
    "home, work, school, family, friend, shop, food, sport, health, culture, nature, travel or other;"
    " default: what the name says, else other."
)
_RADIUS = "How far around it a stay is still there, in metres (10 to 5,000)."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    place = typer.Typer(no_args_is_help=True, help="Manage your places: names on the map that only you see.")
    place.command("add")(add)
    place.command("list")(list_)
    place.command("edit")(edit)
    place.command("remove")(remove)
    place.command("import")(import_)
    place.command("suggest")(suggest)
    app.add_typer(place, name="place")


def add(
    name: Annotated[str, typer.Argument(help="The place's name.")],
    at: Annotated[str, typer.Option(metavar="LAT,LON", help="Where it is.")],
    kind: Annotated[str | None, typer.Option(help=_KIND)] = None,
    radius: Annotated[float, typer.Option(help=_RADIUS)] = 100,
    as_json: AsJson = False,
) -> None:
    """Add a place. Stays there are called by its name at once, past ones too."""
    from iot_hub.places.address_book import add_place
    from iot_hub.places.place import Place, kind_named, position_of

    place = Place(name, *position_of(at), kind or kind_named(name), radius)
    with owner_connection() as connection:
        place_id = add_place(connection, place)
    if as_json:
        print_json({"id": place_id, "name": place.name, "kind": place.kind})
    else:
        typer.echo(f"Added the place {place.name!r} ({place.kind}).")


def list_(as_json: AsJson = False) -> None:
    """List your places, with how often and how long devices were there."""
    from iot_hub.places.address_book import list_places

    with owner_connection() as connection:
        rows = list_places(connection)
    print_rows(rows, as_json=as_json, empty="No place yet. See what to name: iot-hub place suggest")


def edit(
    name: NameOrId,
    at: Annotated[str | None, typer.Option(metavar="LAT,LON", help="Where it is.")] = None,
    kind: Annotated[str | None, typer.Option(help=_KIND)] = None,
    radius: Annotated[float | None, typer.Option(help=_RADIUS)] = None,
    new_name: Annotated[str | None, typer.Option("--name", help="A new name.")] = None,
) -> None:
    """Change a place's position, kind, radius or name."""
    from iot_hub.places.address_book import edit_place, find_place
    from iot_hub.places.place import position_of

    if at is None and kind is None and radius is None and new_name is None:
        raise UserError("What is to change? Use --at, --kind, --radius or --name.")
    with owner_connection() as connection:
        place_id, place = find_place(connection, name)
        latitude, longitude = position_of(at) if at else (place.latitude, place.longitude)
        changed = replace(
            place,
            name=place.name if new_name is None else new_name,
            latitude=latitude,
            longitude=longitude,
            kind=kind or place.kind,
            radius_m=place.radius_m if radius is None else radius,
        )
        edit_place(connection, place_id, changed)
    typer.echo(f"Changed the place {changed.name!r}.")


def remove(
    name: NameOrId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Remove a place. Its stays are kept, and called by their city again."""
    from iot_hub.places.address_book import find_place, remove_place

    with owner_connection() as connection:
        place_id, place = find_place(connection, name)
        if not yes:
            typer.confirm(f"Remove the place {place.name!r}?", abort=True)
        remove_place(connection, place_id)
    typer.echo(f"Removed the place {place.name!r}.")


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="GPX waypoints, KML or KMZ, or Google's saved places (JSON or CSV)."),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Report what would be imported, and store nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import places from files. Safe to repeat: one of the same name within 50 m is there already."""
    from iot_hub.places.address_book import import_places
    from iot_hub.transfer.places.read import places_in

    found = [places_in(file) for file in files]
    places = [place for each in found for place in each.places]
    without = sum(each.without_position for each in found)
    added = known = 0
    if not dry_run:
        with owner_connection() as connection:
            added, known = import_places(connection, places)
    if as_json:
        print_json({"places": len(places), "added": added, "known": known, "without_position": without})
        return
    done = f"{len(places)} places found" if dry_run else f"{added} places added, {known} were there already"
    left = f"; {without} entries have no position or no name" if without else ""
    typer.echo(f"{done}{left}.")


def suggest(as_json: AsJson = False) -> None:
    """Suggest places to name: where devices have stayed twice or more."""
    from iot_hub.places.suggestions import suggest_places

    with owner_connection() as connection:
        suggestions = suggest_places(connection)
    if as_json:
        print_json([
            {"latitude": round(each.latitude, 5), "longitude": round(each.longitude, 5), "visits": each.visits,
             "hours": round(each.hours, 1), "last_visit": each.last_visit, "city": each.city, "command": each.command}
            for each in suggestions
        ])  # fmt: skip
        return
    for each in suggestions:
        typer.echo(f"{each}\n    {each.command}\n")
    if not suggestions:
        typer.echo("Nothing to suggest: no device has stayed twice where you have no place.")
