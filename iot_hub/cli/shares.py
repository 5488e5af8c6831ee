"""``share add|trip|live|year|list|revoke|log``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from iot_hub.cli.output import AsJson, print_json, print_rows
from iot_hub.cli.owner import owner_connection
from iot_hub.cli.times import parse_time
from iot_hub.settings import settings

if TYPE_CHECKING:
    from datetime import timedelta

    from iot_hub.privacy.share_links import Connection, Destination, NewLink

Name = Annotated[str, typer.Argument(help="The link's name.")]
NewName = Annotated[str, typer.Argument(help="Its name, which visitors see too.")]
Precision = Annotated[str, typer.Option(help="full, 100m, 1km or city (10 km).")]
Expires = Annotated[str, typer.Option(help="When the link expires, such as 12h or 30d; at most 365d.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    share = typer.Typer(no_args_is_help=True, help="Share devices by link, for a limited time.")
    share.command("add")(add)
    share.command("trip")(trip)
    share.command("live")(live)
    share.command("year")(year_)
    share.command("list")(list_)
    share.command("revoke")(revoke)
    share.command("log")(log)
    app.add_typer(share, name="share")


def add(
    name: NewName,
    device: Annotated[list[str], typer.Option(help="A device to show, by name or id; repeatable.")],
    since: Annotated[
        str | None, typer.Option("--from", help="Start: ISO 8601 time, in your time zone unless it has an offset.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="End: ISO 8601 time, in your time zone unless it has an offset.")
    ] = None,
    live: Annotated[
        str | None, typer.Option(help="A moving window up to now: 24h, 7d, … The default without --from and --to.")
    ] = None,
    precision: Precision = "full",
    measurements: Annotated[bool, typer.Option("--measurements", help="Show battery, events and metrics too.")] = False,
    expires: Expires = "30d",
    as_json: AsJson = False,
) -> None:
    """Create a link that shows some devices to anyone who has it. Prints its address, which is shown only once."""
    from iot_hub.privacy.share_links import ShareScope, add_share, duration, share_url

    ttl = duration(expires)
    start, end = parse_time(since) if since else None, parse_time(until) if until else None
    scope = ShareScope(device, precision, measurements, start, end, live=duration(live) if live else None)
    with owner_connection() as connection:
        link = add_share(connection, name, scope, ttl)
    _say(name, link, share_url(settings(), link.token), ttl, as_json=as_json)


def trip(
    name: NewName,
    device: Annotated[str, typer.Option(help="The device, by name or id.")],
    at: Annotated[
        str, typer.Option(help="A time during the trip: ISO 8601, in your time zone unless it has an offset.")
    ],
    precision: Precision = "full",
    expires: Expires = "30d",
    as_json: AsJson = False,
) -> None:
    """Create a link to a map of one trip. Prints how much of it is shown, and its address, only this once."""
    from iot_hub.privacy.share_links import add_trip_share, duration, map_share_url, preview_trip, trip_at

    ttl, moment = duration(expires), parse_time(at)
    with owner_connection() as connection:
        span = trip_at(connection, device, moment)
        shown = preview_trip(connection, device, *span)
        link = add_trip_share(connection, name, device, span, precision, ttl)
    if shown.is_whole:
        typer.echo("Visitors see the whole trip.", err=True)
    else:
        typer.echo(
            f"Visitors see {shown.shown_m / 1000:.1f} km of {shown.distance_m / 1000:.1f} km. The rest is not"
            " published: it is in or around private areas, or hidden.",
            err=True,
        )
    _say(name, link, map_share_url(settings(), link.token), ttl, as_json=as_json)


def live(
    name: NewName,
    device: Annotated[str, typer.Option(help="The device, by name or id.")],
    destination: Annotated[
        str, typer.Option("--to", help="Where it is going: a place of yours, or a point, as 52.23,21.01.")
    ],
    label: Annotated[
        str | None, typer.Option(help="What visitors read of the destination. [default: the place's name]")
    ] = None,
    expires: Annotated[str, typer.Option(help="When the link expires, such as 3h; at most 1d.")] = "3h",
    as_json: AsJson = False,
) -> None:
    """Create a link to where a device is and when it arrives, which ends it. Prints its address, only this once."""
    from iot_hub.privacy.share_links import add_live_share, duration, map_share_url, preview_live

    ttl = duration(expires)
    with owner_connection() as connection:
        going = _destination(connection, destination, label)
        shown = preview_live(connection, device, going)
        link = add_live_share(connection, name, device, going, ttl)
    if shown.late_minutes:
        typer.echo(f"Visitors see positions {shown.late_minutes} minutes late: the hub has private areas.", err=True)
    _say(name, link, map_share_url(settings(), link.token), ttl, as_json=as_json)


def year_(
    year: Annotated[int, typer.Argument(help="The year, such as 2025.")],
    device: Annotated[list[str], typer.Option(help="A device to show, by name or id; repeatable.")],
    name: Annotated[str | None, typer.Option(help="Its name, which visitors see too. [default: the year]")] = None,
    expires: Expires = "30d",
    as_json: AsJson = False,
) -> None:
    """Create a link to a year's map, in squares of 3 km, and its totals. Prints its address, only this once."""
    from iot_hub.privacy.share_links import add_year_share, duration, map_share_url, preview_year

    ttl, title = duration(expires), name or str(year)
    with owner_connection() as connection:
        shown = preview_year(connection, year, device, settings().zone)
        link = add_year_share(connection, title, year, device, settings().zone, ttl)
    typer.echo(f"Squares of the map that visitors see: {shown.squares}. Trips in the totals: {shown.trips}.", err=True)
    _say(title, link, map_share_url(settings(), link.token), ttl, as_json=as_json)


def _destination(connection: Connection, where: str, label: str | None) -> Destination:
    """Return a destination, given by its coordinates or by the name of a place. Raises UserError."""
    from iot_hub.errors import UserError
    from iot_hub.places.address_book import find_place
    from iot_hub.privacy.share_links import Destination

    if point := re.fullmatch(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*", where):
        latitude, longitude = float(point[1]), float(point[2])
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise UserError("A latitude is from -90 to 90 degrees, a longitude from -180 to 180.")
        if not label:
            raise UserError("Say what visitors read of this point: --label 'The station'.")
        return Destination(label, latitude, longitude)
    _, place = find_place(connection, where)
    return Destination(label or place.name, place.latitude, place.longitude)


def _say(name: str, link: NewLink, address: str, ttl: timedelta, *, as_json: bool) -> None:
    from iot_hub.privacy.share_links import DEFAULT_TTL

    if ttl > DEFAULT_TTL:
        typer.echo(f"The link works for {ttl.days} days. Anyone who gets hold of it can see what it shows.", err=True)
    if settings().public_dashboard == "no":
        typer.echo("Links do not work yet: set IOT_HUB_PUBLIC_DASHBOARD=links and restart the hub.", err=True)
    if as_json:
        print_json({"name": name, "url": address, "expires_at": link.expires_at})
        return
    typer.echo(address)
    typer.echo(
        f"Valid until {link.expires_at.astimezone(settings().zone):%Y-%m-%d %H:%M}. Copy the address now: it is shown"
        f" only once. Revoke it: iot-hub share revoke {name!r}",
        err=True,
    )


def list_(as_json: AsJson = False) -> None:
    """List all links: what they show, until when, and when they were last opened."""
    from iot_hub.privacy.share_links import list_shares

    with owner_connection() as connection:
        rows = list_shares(connection)
    print_rows(rows, as_json=as_json, empty="No link yet. Create one: iot-hub share add NAME --device DEVICE")


def revoke(name: Name) -> None:
    """Revoke a link at once: its open pages stop showing anything."""
    from iot_hub.privacy.share_links import revoke_share

    with owner_connection() as connection:
        revoke_share(connection, name)
    typer.echo(f"The link {name!r} is revoked.")


def log(name: Name, as_json: AsJson = False) -> None:
    """List when a link was opened, to the minute."""
    from iot_hub.privacy.share_links import share_log

    with owner_connection() as connection:
        rows = share_log(connection, name)
    print_rows(rows, as_json=as_json, empty=f"Nobody has opened the link {name!r} yet.")
