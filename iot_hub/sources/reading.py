"""One reading as the hub's own formats write it: ``{device_id, device_timestamp, properties}``.

The text of ``properties`` is checked, never rewritten: what is stored is what was sent.
"""

from __future__ import annotations

import msgspec

from iot_hub.device_time import Microseconds, from_iso, from_unix
from iot_hub.event import Event, Rejected
from iot_hub.sources.storable import NotStorableError, Payload, check_properties, reason_of


class _Reading(msgspec.Struct, gc=False):
    properties: msgspec.Raw = msgspec.Raw()
    device_id: int | str | None = None
    device_timestamp: int | float | str | None = None
    device_time: str | None = None


_reading = msgspec.json.Decoder(_Reading)


def read(payload: Payload, index: int, received_at: Microseconds, source: str) -> Event | Rejected:
    """Read one reading, the ``index``-th of its payload. Never raises."""
    try:
        reading = _reading.decode(payload)
        properties = bytes(reading.properties)
        check_properties(properties)
        device_time = _device_time(reading, received_at)
    except (RecursionError, ValueError) as error:  # What msgspec raises is a ValueError too.
        return Rejected(index, bytes(payload), reason_of(error))
    return Event(reading.device_id, device_time, properties, source)


def _device_time(reading: _Reading, received_at: Microseconds) -> Microseconds:
    stamp = reading.device_timestamp
    if isinstance(stamp, str):
        number = _number(stamp)
        return from_iso(stamp, received_at) if number is None else from_unix(number, received_at)
    if stamp is not None:
        return from_unix(stamp, received_at)
    if reading.device_time is not None:
        return from_iso(reading.device_time, received_at)
    raise NotStorableError("time_missing")


def _number(text: str) -> int | float | None:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None
