"""``device connect``: print what to enter in an app, and wait for its first event."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iot_hub.access.pairing.apps import APPS, App, app_of
from iot_hub.cli.output import AsJson, print_json
from iot_hub.cli.owner import owner_connection
from iot_hub.settings import settings

if TYPE_CHECKING:
    from iot_hub.access.devices import Connection
    from iot_hub.access.pairing.arrival import Arrival
    from iot_hub.access.pairing.pairing import Pairing

_KNOWN = ", ".join(APPS)

Wait = Annotated[bool, typer.Option("--wait", help="Wait for the first event; Ctrl-C stops waiting.")]
Timeout = Annotated[float | None, typer.Option(min=0, help="Maximum number of seconds to wait.")]
Qr = Annotated[bool | None, typer.Option("--qr/--no-qr", help="Draw the link as a QR code. Default: on a terminal.")]
AppToShow = Annotated[str | None, typer.Option("--app", help=f"Show what to enter in an app: {_KNOWN}.")]


def connect(
    device: Annotated[str, typer.Argument(help="The device's id or name.")],
    app: Annotated[str, typer.Option(help=f"The app: {_KNOWN}.")],
    wait: Wait = False,
    timeout: Timeout = None,
    qr: Qr = None,
    as_json: AsJson = False,
) -> None:
    """Connect an app to an existing device: print what to enter, and a link with its QR code if the app supports one.

    The app gets a token of its own, which is shown only once. The device's other tokens stay valid;
    'iot-hub token revoke' revokes all of them.
    """
    from iot_hub.access.devices import add_token

    app_of(app)
    with owner_connection() as connection:
        device_id, name, token = add_token(connection, device)
        show(device_id, name, token, app, qr=qr, as_json=as_json)
        if wait or timeout is not None:
            wait_for_first(connection, device_id, APPS[app].source, timeout, as_json=as_json)


def print_token(device_id: int, token: str, *, as_json: bool) -> None:
    """Print a device's id and its new token."""
    if as_json:
        print_json({"id": device_id, "token": token})
        return
    typer.echo(f"id:    {device_id}\ntoken: {token}")
    typer.echo("Copy the token now. It is shown only once; the hub stores only its hash.", err=True)


def show(device_id: int, name: str, token: str, app: str, *, qr: bool | None, as_json: bool) -> None:
    """Print a device's id and token, and what to enter in an app."""
    from iot_hub.access.pairing.hub_endpoint import endpoint_of, warnings
    from iot_hub.access.pairing.lan_address import lan_address
    from iot_hub.access.pairing.pairing import Pairing

    endpoint = endpoint_of(settings(), lan_address())
    pairing = Pairing(endpoint.address, token, name)
    problems = warnings(endpoint, app)
    if as_json:
        print_json({"id": device_id, "token": token, **_as_json(app, pairing), "warnings": problems})
        return
    print_token(device_id, token, as_json=False)
    _print_settings(APPS[app], pairing)
    _print_link(APPS[app], pairing, draw=sys.stdout.isatty() if qr is None else qr)
    _print_notes(app, problems)


def wait_for_first(
    connection: Connection, device_id: int, source: str | None, seconds: float | None, *, as_json: bool
) -> None:
    """Wait for the first event and print it; exit with status 1 if none arrived."""
    from iot_hub.access.pairing.arrival import Arrival, wait_for_arrival

    typer.echo("Waiting for the first event … Ctrl-C stops waiting.", err=True)
    try:
        arrival = wait_for_arrival(connection, device_id, source, seconds)
    except KeyboardInterrupt:
        arrival = Arrival()
    if as_json:
        print_json({"first_event": _arrival_json(arrival)})
    elif arrival.received_at:
        typer.echo(_arrival_line(arrival.received_at, arrival.groups))
    if not arrival.received_at:
        _print_none(arrival)
        raise typer.Exit(1)


def _as_json(app: str, pairing: Pairing) -> dict[str, Any]:
    from iot_hub.access.pairing.texts import notes

    return {
        "app": app,
        "address": pairing.address,
        "settings": [
            {"label": setting.label, "value": setting.value, "secret": setting.secret}
            for setting in APPS[app].settings(pairing)
        ],
        "link": _link(APPS[app], pairing),
        "notes": notes("en", app),
    }


def _print_settings(app: App, pairing: Pairing) -> None:
    typer.echo(f"\n{app.title}")
    entries = app.settings(pairing)
    width = max(len(setting.label) for setting in entries)
    for setting in entries:
        if "\n" in setting.value:
            typer.echo(f"  {setting.label}\n\n{setting.value}\n")
        else:
            typer.echo(f"  {setting.label:<{width}}  {setting.value}")


def _print_link(app: App, pairing: Pairing, *, draw: bool) -> None:
    link = _link(app, pairing)
    if not link:
        return
    typer.echo(f"\nOr open this link on the phone{', or scan it with its camera' if draw else ''}:\n{link}")
    if draw:
        from iot_hub.access.pairing import qr

        typer.echo(f"\n{qr.terminal(link)}")


def _print_notes(app: str, problems: list[str]) -> None:
    from iot_hub.access.pairing.texts import notes

    typer.echo("")
    for note in notes("en", app):
        typer.echo(note)
    for warning in problems:
        typer.echo(f"! {warning}", err=True)


def _link(app: App, pairing: Pairing) -> str | None:
    return app.link(pairing) if app.link else None


def _arrival_json(arrival: Arrival) -> dict[str, Any] | None:
    return {"received_at": arrival.received_at, "told": arrival.groups} if arrival.received_at else None


def _arrival_line(at: datetime, groups: Sequence[str]) -> str:
    listed = f": {', '.join(groups)}" if groups else ""
    return f"✓ First event received at {at.astimezone(settings().zone):%H:%M:%S}{listed}"


def _print_none(arrival: Arrival) -> None:
    if arrival.rejected:
        line = f"An event arrived but was rejected ({arrival.rejected}). See: iot-hub quarantine list"
    else:
        line = "No event yet. The settings stay valid: the app may report later."
    typer.echo(line, err=True)
