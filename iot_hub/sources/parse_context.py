"""What a source may know besides the payload."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, tzinfo

import msgspec

from iot_hub.local_times import LocalTimes
from iot_hub.obd.own_pids import NO_PIDS, OwnPids
from iot_hub.timestamps import Microseconds


class ParseContext(msgspec.Struct, frozen=True):
    """When and how a payload came.

    ``received_at`` stands in where a payload has no time, ``time_zone`` where a time has no offset.
    """

    received_at: Microseconds
    content_type: str = ""
    time_zone: tzinfo = UTC
    topic: str | None = None
    key: str | None = None
    file: str = ""
    """The name of its file, where that means something: an export's streams are distinguished by it."""
    columns: Mapping[str, str] = {}
    """What a table's columns mean, where its owner says so: the meaning, and the column's name."""
    most_items: int = sys.maxsize
    """How many parts a body may have."""
    pids: OwnPids = NO_PIDS
    """What a car's numbers mean that no standard has, where the owner says so."""
    local_times: LocalTimes | None = None
    """Reads the times without offset of a file, whose order says which of two instants they mean."""
    now: Microseconds = 0
    """Later than ``received_at`` where a payload is looked at long after: until then its times are possible."""

    @property
    def latest(self) -> Microseconds:
        """What a device's clock can say at most, but for a day."""
        return max(self.received_at, self.now)
