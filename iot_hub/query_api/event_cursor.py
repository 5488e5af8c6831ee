"""Where a page of events ends and the next one begins.

A position is an instant and how many of its events were given already. It holds no id: the ids
of all events are one sequence, and the gaps in it would tell what is hidden.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from iot_hub.query_api.errors import BadParameterError
from iot_hub.query_api.time_range import TimeRange

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LATEST = 7_258_118_400_000_000  # 2200-01-01


class EventCursor(msgspec.Struct, frozen=True, array_like=True):
    """The rest of a range, in Unix microseconds: from ``since``, before ``before``, less ``skip``.

    New events are no danger to it: later ones lie outside, and one of the very instant at which
    a page ended comes last among those of its instant.
    """

    since: int
    before: int
    skip: int = 0

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
        if not (0 <= cursor.since <= cursor.before <= _LATEST and 0 <= cursor.skip < 2**31):
            raise BadParameterError("cursor: it is not one that the hub gave out. Begin without a cursor.")
        return cursor

    def encode(self) -> str:
        """Write it for a client."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode("ascii").rstrip("=")

    def after(self, device_times: Sequence[datetime]) -> EventCursor:
        """Move behind a page, given the times of its events, newest first."""
        last = device_times[-1]
        before = (last - _EPOCH) // _MICROSECOND + 1
        given = sum(1 for moment in device_times if moment == last)
        return EventCursor(self.since, before, given + (self.skip if before == self.before else 0))

    @property
    def range(self) -> TimeRange:
        """The range that is left."""
        return TimeRange(_EPOCH + self.since * _MICROSECOND, _EPOCH + self.before * _MICROSECOND)
