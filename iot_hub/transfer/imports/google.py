"""Google's location history, in each form that it was ever exported in, known by what the file holds.

``Records.json`` (Takeout until 2024), Semantic Location History (a file a month), Timeline as Android exports it and as
iOS does. Facts: Freika/dawarich, app/services/google_maps; Scarygami/location-history-json-converter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from iot_hub.errors import UserError
from iot_hub.sources.parse_context import ParseContext
from iot_hub.transfer.imports import google_records, google_semantic, google_timeline
from iot_hub.transfer.imports.json_stream import Element, elements
from iot_hub.transfer.imports.record import UNREADABLE, Ignored, ImportResult, rejected
from iot_hub.transfer.imports.stream import Stream, head_of
from iot_hub.transfer.imports.tags import tags_written

ENCRYPTED = b"You have encrypted Timeline backups"
PLACEHOLDER_BYTES = 4096
_WITH_TAGS = (b'"locations"', b'"timelineEdits"')
_TAG = rb'"device(?:Tag|Id)"\s*+:\s*+'

_READERS: Mapping[str, Callable[[Element, ParseContext], Iterable[ImportResult]]] = {
    "locations": google_records.events,
    "timelineObjects": google_semantic.events,
    "timelineEdits": google_records.edited_events,
    "semanticSegments": google_timeline.segment_events,
    "rawSignals": google_timeline.signal_events,
    "": google_timeline.segment_events,
}


def read(stream: Stream, context: ParseContext) -> Iterator[ImportResult]:
    """Read a file of any of the forms. Raises UserError where Google put a note instead."""
    if ENCRYPTED in head_of(stream)[:PLACEHOLDER_BYTES]:
        raise UserError(
            "There is no history in this file: your Timeline backups are encrypted. Export the Timeline on the phone"
            " itself (Android: Settings, Location, Timeline; iOS: Google Maps, Your Timeline), and import that file."
        )
    for index, element in enumerate(elements(stream)):
        reader = _READERS.get(element.name)
        if reader is None or not isinstance(element.value, dict):
            yield Ignored("no_reading")
            continue
        try:
            yield from reader(element, context)
        except UNREADABLE as error:
            yield rejected(index, element.original(), error)


def tags_in(stream: Stream, context: ParseContext) -> Iterator[str]:
    """Yield the tags of an account's phones, which two of the forms have."""
    head = head_of(stream)
    if any(each in head for each in _WITH_TAGS):
        yield from tags_written(stream, _TAG)
