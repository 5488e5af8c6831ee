"""``decode``: what a payload means, without storing it."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from iot_hub.cli.output import print_json
from iot_hub.cli.times import TimeZone, zone_named
from iot_hub.errors import UserError
from iot_hub.event import Rejected
from iot_hub.settings import settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(decode)


def decode(
    source: Annotated[
        str, typer.Argument(help="The protocol or format, mqtt for messages of any; a wrong name lists them all.")
    ],
    file: Annotated[
        Path,
        typer.Argument(
            help="A body, a query string, requests or MQTT messages (one JSON object per line), or a file to import."
        ),
    ],
    received_at: Annotated[
        str | None, typer.Option("--received-at", help="Time for payloads without one (ISO 8601). Default: now.")
    ] = None,
    time_zone: TimeZone = None,
    key: Annotated[str | None, typer.Option("--key", help="The key of an encrypted payload.")] = None,
    topic: Annotated[str | None, typer.Option("--topic", help="The MQTT topic of the payload.")] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="A file of mappings (TOML) for topics that no protocol reads.")
    ] = None,
) -> None:
    """Show what a payload means: device, time and properties, as a JSON array. Stores nothing."""
    from iot_hub.ingest.car_pids import car_pids
    from iot_hub.sources import SOURCES, ParseContext
    from iot_hub.sources.mqtt import PROTOCOLS
    from iot_hub.transfer.decode import decode_file, decode_import, import_format
    from iot_hub.transfer.imports.formats import FORMATS

    # Some protocols send over HTTP, too: the file's name says which it is.
    is_recorded = file.name.endswith(".mqtt.jsonl")
    format = None if source == "mqtt" or is_recorded else import_format(source, file)
    if source == "mqtt" or (source in PROTOCOLS and format is None and (is_recorded or source not in SOURCES)):
        _decode_messages(file, received_at, time_zone, key, mapping)
        return
    if format is None and source not in SOURCES:
        raise UserError(
            f"Unknown source {source!r}. Sources: {', '.join(sorted({*SOURCES, *FORMATS, *PROTOCOLS, 'mqtt'}))}."
        )
    zone = zone_named(time_zone, format)
    context = ParseContext(
        _microseconds(received_at), "", zone, topic, key, now=_microseconds(None), pids=car_pids(settings())
    )
    if format:
        events, rejected = decode_import(format, file, context)
    else:
        events, rejected = decode_file(source, _content(file), context)
    print_json([_as_json(event) for event in events])
    _report_rejected(rejected)


def _decode_messages(
    file: Path, received_at: str | None, time_zone: str | None, key: str | None, mapping: Path | None
) -> None:
    from iot_hub.event import Event
    from iot_hub.sources.mqtt import HomeSettings
    from iot_hub.sources.mqtt.mapping import read_keys, read_mappings
    from iot_hub.transfer.mqtt_messages import decode_messages

    said = _content(mapping) if mapping else b""
    name = mapping.name if mapping else ""
    settings = HomeSettings(
        time_zone=zone_named(time_zone, None),
        keys=read_keys(said, name) | ({} if key is None else {"": key}),
        mappings=read_mappings(said, name),
    )
    decoded = decode_messages(_content(file), _microseconds(received_at), settings)
    items: list[dict[str, Any]] = []
    for device, found in decoded.items:
        known = {"device": device, "label": decoded.label(device)}
        items.append({**_as_json(found), **known} if isinstance(found, Event) else {**known, "availability": found})
    print_json(items)
    _report_rejected(decoded.rejected)


def _report_rejected(rejected: list[Rejected]) -> None:
    for item in rejected:
        typer.echo(f"not storable: item {item.index}: {item.reason}", err=True)
    if rejected:
        raise typer.Exit(1)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError(f"{file} can't be read: {error.strerror}.") from error


def _as_json(event: Any) -> dict[str, Any]:  # noqa: ANN401
    from iot_hub.timestamps import isoformat

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
        time_given = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"{text!r} is not an ISO 8601 time.") from error
    return round(time_given.timestamp() * 1_000_000)
