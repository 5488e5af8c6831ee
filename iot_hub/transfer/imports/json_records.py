"""Records of JSON: the objects of a file's arrays, each of which becomes events or says why not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import check_properties
from iot_hub.transfer.imports.json_stream import Element, elements
from iot_hub.transfer.imports.record import Ignored, ImportResult, events_of
from iot_hub.transfer.imports.stream import Stream

Record = dict[str, Any]
ReadRecord = Callable[[Record, bytes, ParseContext], Iterable[ImportResult]]


def records(
    stream: Stream, context: ParseContext, arrays: Collection[str] | None, read: ReadRecord, *, depth: int = 1
) -> Iterator[ImportResult]:
    """Read each object of the arrays of such names ('' for the file's own; None for every one), ``depth`` levels deep.

    What stands in other arrays is ignored; what a file says of itself in single values is no record.
    """
    for index, element in enumerate(elements(stream, depth)):
        is_asked = arrays is None or element.name in arrays
        if is_asked and isinstance(element.value, dict):
            yield from events_of(index, element.original(), _checked, element, read, context)
        elif is_asked or isinstance(element.value, dict | list):
            yield Ignored("no_reading")


def _checked(element: Element, read: ReadRecord, context: ParseContext) -> Iterable[ImportResult]:
    original = element.encoded()
    check_properties(original)
    return read(element.value, original, context)


def object_at(record: object, *path: str) -> Record:
    """Return the object at a path; an empty one where there is none."""
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record if isinstance(record, dict) else {}
