"""``share add|list|revoke|log``."""

from __future__ import annotations

from typing import Annotated

import typer

from iot_hub.cli.moment import moment
from iot_hub.cli.output import AsJson, print_json, print_rows
from iot_hub.cli.owner import owner_connection
from iot_hub.settings import settings

Name = Annotated[str, typer.Argument(help="The link's name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    share = typer.Typer(no_args_is_help=True, help="Show some devices to who has a link, for a while.")
    share.command("add")(add)
    share.command("list")(list_)
    share.command("revoke")(revoke)
    share.command("log")(log)
    app.add_typer(share, name="share")


def add(
    name: Annotated[str, typer.Argument(help="What you call it; its readers see it too.")],
    device: Annotated[list[str], typer.Option(help="A device to show, by name or id; repeat it for more.")],
    since: Annotated[
        str | None, typer.Option("--from", help="ISO 8601 time; without offset, in your time zone.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="ISO 8601 time; without offset, in your time zone.")] = None,
    live: Annotated[
        str | None, typer.Option(help="The last 24h, 7d, …, moving. What is shown without --from and --to.")
    ] = None,
    precision: Annotated[str, typer.Option(help="full, 100m, 1km or city (10 km).")] = "full",
    measurements: Annotated[bool, typer.Option("--measurements", help="Show battery, events and metrics too.")] = False,
    expires: Annotated[str, typer.Option(help="When the link ends, such as 12h or 30d; 365d at most.")] = "30d",
    as_json: AsJson = False,
) -> None:
    """Make a link that shows some devices to who has it. Prints its address, this once."""
    from iot_hub.privacy.share_links import DEFAULT_TTL, ShareScope, add_share, duration, share_url

    lasting = duration(expires)
    start, end = moment(since) if since else None, moment(until) if until else None
    scope = ShareScope(device, precision, measurements, start, end, live=duration(live) if live else None)
    with owner_connection() as connection:
        link = add_share(connection, name, scope, lasting)
    address = share_url(settings(), link.token)
    if lasting > DEFAULT_TTL:
        typer.echo(f"The link lasts {lasting.days} days. Whoever gets hold of it sees what it shows.", err=True)
    if settings().public_dashboard == "no":
        typer.echo("No link opens yet: set IOT_HUB_PUBLIC_DASHBOARD=links and start the hub again.", err=True)
    if as_json:
        print_json({"name": name, "url": address, "expires_at": link.expires_at})
        return
    typer.echo(address)
    typer.echo(
        f"Valid until {link.expires_at.astimezone(settings().zone):%Y-%m-%d %H:%M}. Keep the address now: the hub"
        f" knows only its hash and can't show it again. End it: iot-hub share revoke {name!r}",
        err=True,
    )


def list_(as_json: AsJson = False) -> None:
    """List all links: what they show, until when, and when they were last opened."""
    from iot_hub.privacy.share_links import list_shares

    with owner_connection() as connection:
        rows = list_shares(connection)
    print_rows(rows, as_json=as_json, empty="No link yet. Make one: iot-hub share add NAME --device DEVICE")


def revoke(name: Name) -> None:
    """End a link at once: pages of it that are open show nothing more."""
    from iot_hub.privacy.share_links import revoke_share

    with owner_connection() as connection:
        revoke_share(connection, name)
    typer.echo(f"The link {name!r} has ended.")


def log(name: Name, as_json: AsJson = False) -> None:
    """Tell when a link was opened, to the minute."""
    from iot_hub.privacy.share_links import share_log

    with owner_connection() as connection:
        rows = share_log(connection, name)
    print_rows(rows, as_json=as_json, empty=f"Nobody has opened the link {name!r} yet.")
