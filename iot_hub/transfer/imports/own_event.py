"""The hub's own events in files that it exported: taken as they are, whatever the file around them.

    {"device": "My phone", "device_time": "2025-08-22T11:22:33.500000Z", "source": "automate", "properties": {…}}

The text of ``properties`` is stored byte for byte. An event is the same as a stored one if its time and properties are.
"""

from __future__ import annotations

import re

import msgspec

from iot_hub.sources.parse_context import ParseContext
from iot_hub.sources.storable import NotStorableError, check_properties
from iot_hub.timestamps import Microseconds, from_iso
from iot_hub.transfer.imports.record import OwnEvent

KEY = "iot_hub_event"
"""Under this name a record of another format carries the event that it was made of."""
OWN_TAG = rb'\{\s*+"device"\s*+:\s*+'
"""What stands before the name of an event's device, in whatever carries it."""

# Sources travel to the database as one unquoted list, where NULL would be no text.
_SOURCE = re.compile(r"(?!null$)[a-z0-9][a-z0-9_-]{0,62}")


class _Fields(msgspec.Struct, gc=False):
    device_time: str
    source: str
    properties: msgspec.Raw
    device: int | str | None = None


class _Carrier(msgspec.Struct, gc=False):
    event: msgspec.Raw = msgspec.field(name=KEY)


_fields = msgspec.json.Decoder(_Fields).decode
_carrier = msgspec.json.Decoder(_Carrier).decode


def own_event(text: bytes | str | msgspec.Raw, context: ParseContext) -> OwnEvent:
    """Read an event. Raises NotStorableError, DeviceTimeError, or what decoding raises."""
    fields = _fields(text)
    time = from_iso(fields.device_time, context.latest)
    return build_own_event(fields.device, time, fields.source, bytes(fields.properties))


def carried_event(record: bytes, context: ParseContext) -> OwnEvent | None:
    """Read the event that a JSON object carries under the hub's key; None where it carries none. Raises the same."""
    if KEY.encode() not in record:
        return None
    try:
        event = _carrier(record).event
    except msgspec.ValidationError:
        return None
    return own_event(event, context)


def build_own_event(device: int | str | None, time: Microseconds, source: str, properties: bytes) -> OwnEvent:
    """Build an event of its parts. Raises NotStorableError, or what decoding raises."""
    if not _SOURCE.fullmatch(source):
        raise NotStorableError("source_unreadable")
    check_properties(properties)
    return OwnEvent(device, time, properties, source)
