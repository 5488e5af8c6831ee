"""Builds the events and rejects of messages, one for a device and one for each part of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any, get_args

import msgspec

from iot_hub.event import Event, Rejected, TimeSource
from iot_hub.sources.bounds import SURELY_FEW, decode_any
from iot_hub.sources.canonical import Timestamp
from iot_hub.sources.event_time import parse_time
from iot_hub.sources.fields import Groups
from iot_hub.sources.lenient import decode_item
from iot_hub.sources.mqtt.meaning import Meaning, Message, Reading, part_of
from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, check_decoded, reason_of

encode = msgspec.json.Encoder().encode
_object = msgspec.json.Decoder(dict[str, Any]).decode
_MARKED: Mapping[TimeSource, bytes] = {each: b'{"time_source":"%b",' % each.encode() for each in get_args(TimeSource)}
_MOST_TEXT = 64_000
"""Longest payload that is no JSON, in bytes. Real states have some tens."""


def context_of(message: Message, zone: tzinfo = UTC, key: str | None = None) -> ParseContext:
    """Return what a source may know besides a message."""
    return ParseContext(message.received_at, time_zone=zone, topic=message.topic, key=key)


def received(message: Message) -> Timestamp:
    """Return the time of a message that has none of its own."""
    return Timestamp(message.received_at, "received")


def time_of(value: object, message: Message, zone: tzinfo = UTC) -> Timestamp:
    """Return a message's own time where it can be true, or else when it was received."""
    return received(message) if value is None else parse_time(value, context_of(message, zone), zone=zone)


def local_time_of(value: object, message: Message, zone: tzinfo) -> Timestamp:
    """Return a time without offset; in the hour that comes twice a year, the one nearer to the receipt."""
    found = time_of(value, message, zone)
    if found.source != "measured" or not isinstance(value, str):
        return found
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return found
    if moment.tzinfo is not None:
        return found
    second = time_of(moment.replace(tzinfo=zone, fold=1).isoformat(), message, zone)
    is_nearer = abs(second.time - message.received_at) < abs(found.time - message.received_at)
    return second if is_nearer and second.source == "measured" else found


def reading(
    source: str,
    device: str,
    original: bytes,
    moment: Timestamp,
    groups: Mapping[str, Mapping[str, object]],
    *,
    is_provisional: bool = False,
) -> Reading:
    """Build an event of a device: its groups, and under the source's name the message. Raises NotStorableError."""
    check_decoded(original)
    texts = [b"{" if moment.source == "measured" else _MARKED[moment.source]]
    if groups:
        texts += (encode(groups)[1:-1], b",")
    texts += (_key(source), original, b"}")
    event = Event(device, moment.time, b"".join(texts), source, moment.source)
    return Reading(device, event, is_provisional)


@cache
def _key(source: str) -> bytes:
    return b'"%b":' % source.encode()


def parts(
    source: str,
    device: str,
    original: bytes,
    moment: Timestamp,
    groups: Groups,
    of_parts: Mapping[str, tuple[object, Groups]],
    *,
    is_provisional: bool = False,
) -> tuple[Reading, ...]:
    """Build the events of a device and of its parts: the whole message is the device's, each block its part's."""
    whole = reading(source, device, original, moment, groups, is_provisional=is_provisional)
    if not of_parts:
        return (whole,)
    return (
        whole,
        *(
            reading(source, part_of(device, part), encode(block), moment, found, is_provisional=is_provisional)
            for part, (block, found) in of_parts.items()
            if found
        ),
    )


def rejected(device: str, message: Message, error: Exception) -> Meaning:
    """Return the meaning of a message that can't be read."""
    return Meaning((Reading(device, Rejected(0, message.payload, reason_of(error))),))


def guarded(device: str, message: Message, read: Callable[[], Meaning]) -> Meaning:
    """Read a message of a device; what can't be read is rejected with the reason."""
    try:
        return read()
    except (RecursionError, ValueError) as error:  # What msgspec raises is a ValueError too.
        return rejected(device, message, error)


def object_of(message: Message) -> tuple[dict[str, Any], bytes]:
    """Return a payload that is a JSON object, repaired where need be, and its text. Raises what decoding raises."""
    if len(message.payload) <= SURELY_FEW:
        try:
            return _object(message.payload), message.payload
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            pass  # It may be repaired.
    decoded, text = decode_item(message.payload)
    return decoded, bytes(text)


def value_of(message: Message) -> Any:  # noqa: ANN401 - whatever JSON is
    """Return a payload: what it is as JSON, or else its text. Raises UnicodeDecodeError or TooManyValuesError."""
    try:
        return decode_any(message.payload)
    except (msgspec.DecodeError, RecursionError):
        return text_of(message)


def text_of(message: Message) -> str:
    """Return a payload as text. Raises UnicodeDecodeError, or NotStorableError for a text of no state."""
    if len(message.payload) > _MOST_TEXT:
        raise NotStorableError("not_json")
    return message.payload.decode("utf-8")


def original_of(name: str, message: Message) -> bytes:
    """Return a payload that is no object as one, under the levels of its topic that say what it is."""
    return encode({name: text_of(message)})
