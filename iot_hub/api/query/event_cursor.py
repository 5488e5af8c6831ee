"""Where a page of events ends and the next one begins.

A position is an instant and the opaque id of the last event of it that was given.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta

import msgspec

from iot_hub.api.query.errors import BadParameterError
from iot_hub.api.query.time_range import TimeRange

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LATEST = 7_258_118_400_000_000  # 2200-01-01


class EventCursor(msgspec.Struct, frozen=True, array_like=True):
    """The rest of a range, in Unix microseconds: from ``since``, before ``before``.

    Of the very last instant of it, only the events with an id above ``last_id``.
    New events are no danger to it: they lie outside, or come where their place is in what is left.
    """

    since: int
    before: int
    last_id: int = -1

    @classmethod
    def at_start(cls, asked: TimeRange) -> EventCursor:
        """Begin at the newest end of a range."""
        return cls((asked.since - _EPOCH) // _MICROSECOND, (asked.before - _EPOCH) // _MICROSECOND)

    @classmethod
    def decode(cls, text: str) -> EventCursor:
        """Read what a client sent back. Raises BadParameterError."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            cursor = msgspec.json.decode(base64.b64decode(padded, b"-_", validate=True), type=cls)
        except (UnicodeEncodeError, binascii.Error, msgspec.DecodeError) as error:
            raise BadParameterError("cursor: it is not one that the hub gave out. Begin without a cursor.") from error
        if not (0 <= cursor.since <= cursor.before <= _LATEST and -1 <= cursor.last_id < 2**63):
            raise BadParameterError("cursor: it is not one that the hub gave out. Begin without a cursor.")
        return cursor

    def encode(self) -> str:
        """Write it for a client."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode("ascii").rstrip("=")

    def after(self, device_time: datetime, event_id: int) -> EventCursor:
        """Move behind the last event of a page."""
        return EventCursor(self.since, (device_time - _EPOCH) // _MICROSECOND + 1, event_id)

    @property
    def range(self) -> TimeRange:
        """The range that is left."""
        return TimeRange(_EPOCH + self.since * _MICROSECOND, _EPOCH + self.before * _MICROSECOND)
