"""What Termux:API's commands print, as the agent reads it. Of the moment when it was received: it tells no time."""

from __future__ import annotations

import json

from iot_hub.agent.errors import SensorError
from iot_hub.agent.sensors import termux
from iot_hub.event import Event, Parsed
from iot_hub.sources.bounds import Payload
from iot_hub.sources.canonical import Moment, event
from iot_hub.sources.circumstances import Circumstances
from iot_hub.sources.storable import NotStorableError, events_of


def parse(body: bytes, circumstances: Circumstances) -> Parsed:
    """Read a command's output. An error that it tells is no event, and nothing to be kept."""
    return events_of(body, 0, lambda payload: _events(payload, circumstances))


def _events(payload: Payload, circumstances: Circumstances) -> list[Event]:
    at = Moment(circumstances.received_at, "received")
    try:
        told = list(termux.parse(bytes(payload).decode(), at.time))
    except SensorError as error:
        if isinstance(error.__cause__, ValueError | RecursionError):
            raise NotStorableError("not_json") from error
        return []
    return [event(termux.SOURCE, json.dumps(original).encode(), at, **groups) for original, groups in told]
