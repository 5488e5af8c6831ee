"""``device add|list|connect|room|key|publish|unpublish`` and ``token rotate|revoke``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from iot_hub.access.pairing.apps import APPS, app_of
from iot_hub.cli import pairing
from iot_hub.cli.output import AsJson, print_rows
from iot_hub.cli.owner import owner_connection
from iot_hub.errors import UserError

if TYPE_CHECKING:
    from iot_hub.access.devices import Connection

Devices = Annotated[list[str] | None, typer.Argument(help="The devices, by id or name.")]
All = Annotated[bool, typer.Option("--all", help="All existing devices.")]
Device = Annotated[str, typer.Argument(help="The device's id or name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    device = typer.Typer(no_args_is_help=True, help="Add, list, connect and publish devices.")
    device.command("add")(add)
    device.command("list")(list_)
    device.command("connect")(pairing.connect)
    device.command("room")(room)
    device.command("key")(key)
    device.command("publish")(publish)
    device.command("unpublish")(unpublish)
    app.add_typer(device, name="device")
    token = typer.Typer(no_args_is_help=True, help="Replace or revoke devices' tokens.")
    token.command("rotate")(rotate)
    token.command("revoke")(revoke)
    app.add_typer(token, name="token")


def add(
    name: Annotated[str, typer.Argument(help="The device's name.")],
    type: Annotated[str, typer.Option(help="smartphone, sensor, car, computer or gateway.")] = "smartphone",
    app: pairing.AppToShow = None,
    wait: pairing.Wait = False,
    timeout: pairing.Timeout = None,
    qr: pairing.Qr = None,
    as_json: AsJson = False,
) -> None:
    """Add a device. Prints its id and its token, which is shown only once."""
    from iot_hub.access.devices import add_device

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
    from iot_hub.access.devices import list_devices

    with owner_connection() as connection:
        rows = list_devices(connection)
    print_rows(rows, as_json=as_json, empty="No device yet. Add one: iot-hub device add 'My phone' --app owntracks")


def room(
    device: Device,
    name: Annotated[str | None, typer.Argument(metavar="ROOM", help="The room; without one, it is in none.")] = None,
) -> None:
    """Assign a device to a room of the home."""
    from iot_hub.access.discovered import assign_room

    with owner_connection() as connection:
        device_id = assign_room(connection, device, name)
    typer.echo(f"Device {device_id} is in {name}." if name else f"Device {device_id} is in no room.")


def key(
    device: Device,
    key: Annotated[
        str | None, typer.Option(help="The key set in the app (OwnTracks: encryption key). Default: prompt for it.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Delete the key: payloads are unencrypted again.")] = False,
) -> None:
    """Set the key that a device's app encrypts its payloads with."""
    from iot_hub.access.devices import remove_payload_key, set_payload_key

    if key is None and not remove:
        key = typer.prompt("Key", hide_input=True, confirmation_prompt=True)
    with owner_connection() as connection:
        if key is None:
            device_id = remove_payload_key(connection, device)
        else:
            device_id = set_payload_key(connection, device, key)
    typer.echo(
        f"Device {device_id} {'has no key any more' if key is None else 'has its key. Now send something encrypted'}."
    )


def publish(
    device: Devices = None,
    all_devices: All = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation (asked on a terminal only).")] = False,
) -> None:
    """Publish what devices measure outside private areas, including the past. `device unpublish` undoes it."""
    from iot_hub.privacy.exposure import exposure, publication_notice
    from iot_hub.settings import settings

    with owner_connection() as connection:
        chosen = _select_devices(connection, device, all_devices=all_devices)
        typer.echo(publication_notice(settings(), list(chosen.values())))
        if not yes and can_ask():
            typer.confirm("Publish?", abort=True)
        _set_published(connection, chosen, published=True)
        typer.echo(exposure(connection, settings()))


def unpublish(device: Devices = None, all_devices: All = False) -> None:
    """Withdraw devices' published data: when this returns, they are gone from every output."""
    from iot_hub.privacy.exposure import exposure
    from iot_hub.settings import settings

    with owner_connection() as connection:
        chosen = _select_devices(connection, device, all_devices=all_devices)
        _set_published(connection, chosen, published=False)
        typer.echo(f"Withdrawn: {', '.join(chosen.values())}.")
        typer.echo(exposure(connection, settings()))


def can_ask() -> bool:
    """Return whether there is a person to ask."""
    return sys.stdin.isatty()


def _select_devices(connection: Connection, devices: list[str] | None, *, all_devices: bool) -> dict[int, str]:
    """Return the chosen devices by their ids. Raises UserError if none is given."""
    from iot_hub.access.devices import list_devices, named_device

    if all_devices:
        devices = [str(row["id"]) for row in list_devices(connection)]
    if not devices:
        raise UserError("Name a device, or use --all. 'iot-hub device list' shows all.")
    return dict(named_device(connection, device) for device in devices)


def _set_published(connection: Connection, devices: dict[int, str], *, published: bool) -> None:
    from iot_hub.access.devices import set_published

    for device_id in devices:
        set_published(connection, device_id, published=published)


def rotate(device: Device, as_json: AsJson = False) -> None:
    """Issue a new token for a device, and revoke its old ones at once."""
    from iot_hub.access.devices import rotate_token

    with owner_connection() as connection:
        device_id, token = rotate_token(connection, device)
    pairing.print_token(device_id, token, as_json=as_json)


def revoke(device: Device) -> None:
    """Revoke a device's tokens: it can no longer send anything."""
    from iot_hub.access.devices import revoke_tokens

    with owner_connection() as connection:
        device_id = revoke_tokens(connection, device)
    typer.echo(f"Device {device_id} has no valid token any more. For a new one: iot-hub token rotate {device_id}")
