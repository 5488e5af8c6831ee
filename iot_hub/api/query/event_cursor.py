"""Where a page of events ends and the next one begins.

A position is an instant, and the opaque id of the last event of that instant on the page.
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
    """The rest of a range, in Unix microseconds: from ``since`` until just before ``until``.

    Of its very last instant, only the events with an id above ``last_id``. New events do not disturb it:
    they are outside the rest, or sorted into it.
    """

    since: int
    until: int
    last_id: int = -1

    @classmethod
    def at_start(cls, range_: TimeRange) -> EventCursor:
        """Create a cursor at the newest end of a range."""
        return cls((range_.since - _EPOCH) // _MICROSECOND, (range_.until - _EPOCH) // _MICROSECOND)

    @classmethod
    def decode(cls, text: str) -> EventCursor:
        """Decode a cursor that a client sent back. Raises BadParameterError."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            cursor = msgspec.json.decode(base64.b64decode(padded, b"-_", validate=True), type=cls)
        except (UnicodeEncodeError, binascii.Error, msgspec.DecodeError) as error:
            raise BadParameterError("cursor: not one of this hub's. Start without a cursor.") from error
        if not (0 <= cursor.since <= cursor.until <= _LATEST and -1 <= cursor.last_id < 2**63):
            raise BadParameterError("cursor: not one of this hub's. Start without a cursor.")
        return cursor

    def encode(self) -> str:
        """Encode the cursor for a client."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode("ascii").rstrip("=")

    def after(self, device_time: datetime, event_id: int) -> EventCursor:
        """Return the cursor after the last event of a page."""
        return EventCursor(self.since, (device_time - _EPOCH) // _MICROSECOND + 1, event_id)

    @property
    def range(self) -> TimeRange:
        """The rest of the range."""
        return TimeRange(_EPOCH + self.since * _MICROSECOND, _EPOCH + self.until * _MICROSECOND)
