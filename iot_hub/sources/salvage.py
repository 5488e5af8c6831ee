"""Saves what can be read of a message that holds many readings in an array of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from iot_hub.event import Event, ParseResult, Rejected
from iot_hub.sources.bounds import Payload
from iot_hub.sources.lenient import bounded_values, decode_item, members_of
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import check_decoded, events_of


def events_of_message(
    payload: Payload, index: int, array: str, context: ParseContext, read: Callable[[Payload], list[Event]]
) -> list[ParseResult]:
    """Read a part of a body whose ``array`` holds many readings; what of it can't be read is rejected alone."""
    results = events_of(payload, index, read)
    match results:
        case [Rejected()] if found := salvaged(bytes(payload), array, context):
            text, broken = found
            return [*events_of(text, index, read), *(Rejected(index, part, "not_json") for part in broken)]
    return results


def salvaged(text: bytes, array: str, context: ParseContext) -> tuple[bytes, list[bytes]] | None:
    """Return an object without what of its members and of its ``array`` can't be stored, and that.

    None where nothing is broken, or nothing of the array is whole. Raises TooManyItemsError.
    """
    if not text.startswith(b"{"):
        return None
    members = members_of(text)
    good, broken = _parted(bounded_values(members.texts.pop(array, b""), context))
    whole, unread = _parted(b"{%b:%b}" % (msgspec.json.encode(name), value) for name, value in members.texts.items())
    broken += [*unread, *([members.rest] if members.rest else [])]
    if not good or not (broken or members.is_torn):
        return None
    envelope = b"".join(member[1:-1] + b"," for member in whole)
    return b'{%b"%b":[%b]}' % (envelope, array.encode(), b",".join(good)), broken


def _parted(items: Iterable[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Part items into those that can be stored, repaired where need be, and the others."""
    good: list[bytes] = []
    broken: list[bytes] = []
    for item in items:
        try:
            text = bytes(decode_item(item)[1])
            check_decoded(text)
            good.append(text)
        except (ValueError, RecursionError):  # What msgspec raises is a ValueError too.
            broken.append(item)
    return good, broken
