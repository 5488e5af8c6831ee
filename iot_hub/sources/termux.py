"""What Termux:API's commands print, as the agent reads it. Dated by its receipt: it has no time of its own."""

from __future__ import annotations

import json

from iot_hub.agent.errors import SensorError
from iot_hub.agent.sensors import termux
from iot_hub.event import Event, ParseResult
from iot_hub.sources.bounds import Payload
from iot_hub.sources.canonical import Timestamp, build_event, typed_groups
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, events_of


def parse(body: bytes, context: ParseContext) -> list[ParseResult]:
    """Parse a command's output. An error that it reports is no event, and nothing to be stored."""
    return events_of(body, 0, lambda payload: _events(payload, context))


def _events(payload: Payload, context: ParseContext) -> list[Event]:
    at = Timestamp(context.received_at, "received")
    try:
        readings = list(termux.parse(bytes(payload).decode(), at.time))
    except SensorError as error:
        if isinstance(error.__cause__, ValueError | RecursionError):
            raise NotStorableError("not_json") from error
        return []
    return [
        build_event(termux.SOURCE, json.dumps(original).encode(), at, **typed_groups(groups))
        for original, groups in readings
    ]
