"""``share add|list|revoke|log``."""

from __future__ import annotations

from typing import Annotated

import typer

from iot_hub.cli.output import AsJson, print_json, print_rows
from iot_hub.cli.owner import owner_connection
from iot_hub.cli.times import parse_time
from iot_hub.settings import settings

Name = Annotated[str, typer.Argument(help="The link's name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    share = typer.Typer(no_args_is_help=True, help="Share devices by link, for a limited time.")
    share.command("add")(add)
    share.command("list")(list_)
    share.command("revoke")(revoke)
    share.command("log")(log)
    app.add_typer(share, name="share")


def add(
    name: Annotated[str, typer.Argument(help="Its name, which visitors see too.")],
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
    precision: Annotated[str, typer.Option(help="full, 100m, 1km or city (10 km).")] = "full",
    measurements: Annotated[bool, typer.Option("--measurements", help="Show battery, events and metrics too.")] = False,
    expires: Annotated[str, typer.Option(help="When the link expires, such as 12h or 30d; at most 365d.")] = "30d",
    as_json: AsJson = False,
) -> None:
    """Create a link that shows some devices to anyone who has it. Prints its address, which is shown only once."""
    from iot_hub.privacy.share_links import DEFAULT_TTL, ShareScope, add_share, duration, share_url

    ttl = duration(expires)
    start, end = parse_time(since) if since else None, parse_time(until) if until else None
    scope = ShareScope(device, precision, measurements, start, end, live=duration(live) if live else None)
    with owner_connection() as connection:
        link = add_share(connection, name, scope, ttl)
    address = share_url(settings(), link.token)
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
