"""``decode``: what a payload means, without storing it."""

from __future__ import annotations

import time
import zoneinfo
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from iot_hub.commands.output import print_json
from iot_hub.errors import UserError
from iot_hub.settings import settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(decode)


def decode(
    source: Annotated[str, typer.Argument(help="The protocol: see the list that a wrong name gives.")],
    file: Annotated[Path, typer.Argument(help="A body, a query string, or one request (JSON) a line.")],
    received_at: Annotated[
        str | None, typer.Option("--received-at", help="ISO 8601 time to use where the payload has none; now.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", help="Zone of times without offset; the owner's.")
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="The key of an encrypted payload.")] = None,
    topic: Annotated[str | None, typer.Option("--topic", help="The MQTT topic that it came on.")] = None,
) -> None:
    """Show what a payload means: device, time and properties, as a JSON array. Stores nothing."""
    from iot_hub.decoding import decode_file
    from iot_hub.sources import SOURCES, Circumstances

    if source not in SOURCES:
        raise UserError(f"{source!r} is no source. Sources: {', '.join(sorted(SOURCES))}.")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UserError(f"{file} can't be read: {error.strerror}.") from error
    circumstances = Circumstances(_microseconds(received_at), "", _zone(time_zone), topic, key, _microseconds(None))
    events, rejected = decode_file(source, content, circumstances)
    print_json([_shown(event) for event in events])
    for item in rejected:
        typer.echo(f"not storable: item {item.index}: {item.reason}", err=True)
    if rejected:
        raise typer.Exit(1)


def _shown(event: Any) -> dict[str, Any]:  # noqa: ANN401
    from iot_hub.device_time import isoformat

    return {
        "device": event.device,
        "device_time": isoformat(event.device_time),
        "time_source": event.time_source,
        "properties": msgspec.Raw(event.properties),
    }


def _microseconds(text: str | None) -> int:
    if text is None:
        return int(time.time() * 1_000_000)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"{text!r} is not an ISO 8601 time.") from error
    return round(moment.timestamp() * 1_000_000)


def _zone(name: str | None) -> zoneinfo.ZoneInfo:
    if name is None:
        return settings().zone
    if name not in zoneinfo.available_timezones():
        raise UserError(f"{name!r} is no time zone; an IANA name such as Europe/Warsaw is one.")
    return zoneinfo.ZoneInfo(name)
