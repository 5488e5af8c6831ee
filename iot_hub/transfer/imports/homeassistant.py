"""Home Assistant's history: its page's table, a row a change of a state; what its interface answers; its database.

Facts of the table: home-assistant/frontend, src/panels/history/ha-panel-history.ts. Times are UTC; there are no units;
the older part of a long range is hourly means. Entities with more to say (climate, humidifier) add columns.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping

import msgspec

from iot_hub.event import Event, Rejected
from iot_hub.properties.groups import Network, State
from iot_hub.sources.canonical import build_event, number, text
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError
from iot_hub.transfer.imports import homeassistant_database, homeassistant_json
from iot_hub.transfer.imports.record import ImportResult, event_of
from iot_hub.transfer.imports.stream import Stream, head_of
from iot_hub.transfer.imports.table import Table
from iot_hub.transfer.imports.tags import tags_written
from iot_hub.transfer.imports.times import moment_of

SOURCE = "homeassistant"

_UNKNOWN = frozenset({"unavailable", "unknown", "none", "null", "nan"})
_encode = msgspec.json.Encoder().encode


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a history of any of the three forms."""
    head = head_of(stream)
    if head.startswith(homeassistant_database.MARK):
        yield from homeassistant_database.read(stream, context)
        return
    if head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"[":
        yield from homeassistant_json.read(stream, context)
        return
    for row in Table(stream).rows():
        yield row if isinstance(row, Rejected) else event_of(row.number, row.text, _event, row.cells, context)


def tags_in(stream: Stream, context: ParseContext) -> Iterator[str]:
    """Yield the trackers and persons among the entities."""
    if head_of(stream).startswith(homeassistant_database.MARK):
        yield from homeassistant_database.tags_in(stream)
    else:
        before = rb"(?<![\w.])(?=device_tracker\.|person\.)"
        yield from tags_written(stream, before, rb"[\w.]++", signs=(b"device_tracker.", b"person."))


def _event(cells: Mapping[str, str], context: ParseContext) -> Event:
    entity, state = text(cells.get("entity_id")), text(cells.get("state"))
    if entity is None:
        raise NotStorableError("entity_missing")
    moment = moment_of(cells.get("last_changed") or cells.get("last_updated"), context)
    word = (state or "").lower()
    known = None if word in _UNKNOWN else state
    value = number(known)
    return build_event(
        SOURCE,
        _encode(cells),
        moment,
        device=entity,
        state=State(value=known if value is None else value),
        network=Network(availability="offline") if word == "unavailable" else None,
    )
