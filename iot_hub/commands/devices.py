"""``device add|list|connect|key`` and ``token rotate|revoke``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from iot_hub.commands import pairing
from iot_hub.commands.output import AsJson, print_rows
from iot_hub.commands.owner import owner_connection
from iot_hub.pairing.apps import APPS, app_of

Device = Annotated[str, typer.Argument(help="The device's id or name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    device = typer.Typer(no_args_is_help=True, help="Add, list and connect devices.")
    device.command("add")(add)
    device.command("list")(list_)
    device.command("connect")(pairing.connect)
    device.command("key")(key)
    app.add_typer(device, name="device")
    token = typer.Typer(no_args_is_help=True, help="Renew or take back devices' tokens.")
    token.command("rotate")(rotate)
    token.command("revoke")(revoke)
    app.add_typer(token, name="token")


def add(
    name: Annotated[str, typer.Argument(help="What you call it.")],
    type: Annotated[str, typer.Option(help="smartphone, sensor, car, computer or gateway.")] = "smartphone",
    app: pairing.AppToShow = None,
    wait: pairing.Wait = False,
    timeout: pairing.Timeout = None,
    qr: pairing.Qr = None,
    as_json: AsJson = False,
) -> None:
    """Add a device. Prints its id and its token: the token is shown this once."""
    from iot_hub.devices import add_device

    if app is not None:
        app_of(app)
    with owner_connection() as connection:
        device_id, token = add_device(connection, name, type)
        if app is None:
            pairing.print_token(device_id, token, as_json=as_json)
        else:
            pairing.show(device_id, name, token, app, qr=qr, as_json=as_json)
        if wait or timeout is not None:
            source = APPS[app].source if app else None
            pairing.wait_for_first(connection, device_id, source, timeout, as_json=as_json)
    if app is None and sys.stdout.isatty() and not as_json:
        typer.echo(f"Connect it: iot-hub device connect {device_id} --app {'|'.join(APPS)}", err=True)


def list_(as_json: AsJson = False) -> None:
    """List all devices."""
    from iot_hub.devices import list_devices

    with owner_connection() as connection:
        rows = list_devices(connection)
    print_rows(rows, as_json=as_json, empty="No device yet. Add one: iot-hub device add 'My phone' --app owntracks")


def key(
    device: Device,
    key: Annotated[
        str | None, typer.Option(help="The key as the app has it (OwnTracks: encryption key). Asked for without this.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take payloads unencrypted again.")] = False,
) -> None:
    """Tell the hub what a device's app encrypts its payloads with."""
    from iot_hub.devices import remove_payload_key, set_payload_key

    if key is None and not remove:
        key = typer.prompt("Key", hide_input=True, confirmation_prompt=True)
    with owner_connection() as connection:
        if key is None:
            device_id = remove_payload_key(connection, device)
        else:
            device_id = set_payload_key(connection, device, key)
    typer.echo(
        f"Device {device_id} {'has no key any more' if key is None else 'has its key: send something encrypted'}."
    )


def rotate(device: Device, as_json: AsJson = False) -> None:
    """Give a device a new token; the old ones end at once."""
    from iot_hub.devices import rotate_token

    with owner_connection() as connection:
        device_id, token = rotate_token(connection, device)
    pairing.print_token(device_id, token, as_json=as_json)


def revoke(device: Device) -> None:
    """Take a device's tokens back: it can send nothing any more."""
    from iot_hub.devices import revoke_tokens

    with owner_connection() as connection:
        device_id = revoke_tokens(connection, device)
    typer.echo(f"Device {device_id} has no valid token any more. 'iot-hub token rotate {device_id}' gives a new one.")
