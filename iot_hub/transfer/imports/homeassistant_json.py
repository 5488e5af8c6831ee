"""Home Assistant's history as its interface answers it: arrays of an entity's states, or the states of now.

    [[{"entity_id": "device_tracker.phone", "state": "home", "attributes": {…}, "last_changed": "…"}, …], …]

Facts: developers.home-assistant.io, REST API. A short answer names the entity and its attributes in the first state of
an array alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from iot_hub.event import Event
from iot_hub.sources.canonical import text
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.transfer.imports.homeassistant_states import state_event
from iot_hub.transfer.imports.json_records import Record, object_at, records
from iot_hub.transfer.imports.record import ImportResult
from iot_hub.transfer.imports.stream import Stream
from iot_hub.transfer.imports.times import moment_of


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read an answer."""
    named: Record = {}

    def states(state: Record, original: bytes, context: ParseContext) -> list[Event]:
        nonlocal named
        if "entity_id" in state:
            named = state
        return [_event(state, named, original, context)]

    return records(stream, context, ("",), states, depth=2)


def _event(state: Record, named: Record, original: bytes, context: ParseContext) -> Event:
    entity = text(named.get("entity_id"))
    if entity is None:
        raise NotStorableError("entity_missing")
    attributes = object_at(state, "attributes") or _unit_of(named)
    moment = moment_of(state.get("last_updated") or state.get("last_changed"), context)
    return state_event(entity, state.get("state"), attributes, moment, original)


def _unit_of(named: Record) -> Record:
    """Return what a state shares with the first one of its entity: of a place it does not know."""
    shared = ("unit_of_measurement", "device_class")
    return {name: value for name, value in object_at(named, "attributes").items() if name in shared}
