"""When a reading was taken, and how that is known: one rule for every source. docs/times.md states it for people.

The first of these that can be true is the event's time. ``time_source`` says which it was:

- ``measured``: the reading's own time;
- ``message``: that of the message around it, which was built later, with a clock of its own;
- ``rollover``: the reading's own, moved by the 1,024 weeks after which a GPS receiver counts from 0 again;
- ``batch``: by the readings that came in the same body (batch_time.py);
- ``received``: when the hub received it.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

import msgspec

from iot_hub.event import TimeSource
from iot_hub.sources.parse_context import ParseContext
from iot_hub.timestamps import DAY, SECOND, DeviceTimeError, Microseconds, scale_unix, unix_microseconds
from iot_hub.values import number

EARLIEST_LIVE = 1_262_304_000 * SECOND  # 2010-01-01: before it lie clocks that start at some firmware's birth.
ROLLOVERS = (1_024 * 7 * DAY, 2_048 * 7 * DAY)
LONGEST_QUEUE = 30 * DAY
"""How old a reading may be whose clock is wrong by a known amount. An older one may have another fault."""


class Timestamp(msgspec.Struct, frozen=True, gc=False):
    """When something was measured, and how that is known.

    ``clock`` is what the device's clock said where that can't be true.
    """

    time: Microseconds
    source: TimeSource
    clock: Microseconds | None = None


def parse_time(value: object, context: ParseContext, *, message: object = None, zone: tzinfo = UTC) -> Timestamp:
    """Return the time of a reading, or of the first thing that stands in for it.

    Times are Unix (s, ms, µs, ns; a number or its text) or ISO 8601, in ``zone`` without an offset. ``message`` is when
    the message was built. A time before 2010 or more than a day ahead can't be true.
    """
    clock = read_clock(value, zone)
    if clock is not None and can_be_true(clock, context):
        return Timestamp(clock, "measured")
    built = read_clock(message, zone)
    if built is not None and can_be_true(built, context):
        return Timestamp(built, "message")
    if clock is not None:
        for weeks in ROLLOVERS:
            if context.received_at - LONGEST_QUEUE <= clock + weeks <= context.latest + DAY:
                return Timestamp(clock + weeks, "rollover")
    return Timestamp(context.received_at, "received", clock)


def separate_fix(fix: Timestamp, built: Microseconds | None, context: ParseContext) -> tuple[Timestamp, float | None]:
    """Return the time of a message that repeats an old fix, and the fix's own time in Unix seconds.

    ``built`` is when the message was built. What else it reports, such as the battery, was measured then. Without a
    later time than the fix's, the fix's is the message's.
    """
    if built is None or fix.source != "measured" or built <= fix.time or not can_be_true(built, context):
        return fix, None
    return Timestamp(built, "measured"), fix.time / SECOND


def read_clock(value: object, zone: tzinfo = UTC) -> Microseconds | None:
    """Return what a device's clock said, true or not; None where that can't be read."""
    try:
        # "2025-…" is no number: to try would cost as much as all the rest.
        stamp = None if isinstance(value, str) and value[4:5] == "-" else number(value)
        if stamp is not None:
            return scale_unix(stamp)
        if not isinstance(value, str):
            return None
        moment = datetime.fromisoformat(value.strip())
    except (DeviceTimeError, ValueError, OverflowError):
        return None
    return unix_microseconds(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def can_be_true(clock: Microseconds, context: ParseContext) -> bool:
    """Return whether a living device may have measured at this time."""
    return EARLIEST_LIVE <= clock and (clock <= context.received_at + DAY or clock <= context.now + DAY)
