"""Gives readings their time that were taken before the clock was known.

Of this start of the machine the true time is known now. Of an earlier one, which ended before its time was known, it
never will be: its readings keep the machine's own clock, but lie behind all that were dated before them, and in front
of the next start. They keep their distances, and are marked (``time_source`` is ``batch``).
"""

from __future__ import annotations

from iot_hub.agent.clock import EARLIEST_TIME, Clock
from iot_hub.agent.queue import Boot, Queue
from iot_hub.timestamps import SECOND, Microseconds

MARK = {"time_source": "batch"}


def settle(queue: Queue, clock: Clock) -> None:
    """Date what waits for the clock, if that is known now. Raises QueueError."""
    offset = clock.offset()
    if offset is None:
        return
    for boot in queue.undated():
        if boot.boot == clock.boot:
            queue.date(boot.boot, offset, {})
        else:
            queue.date(boot.boot, start_of(boot, queue.newest(), offset), MARK)


def start_of(boot: Boot, newest: Microseconds | None, next_start: Microseconds) -> Microseconds:
    """Return when an earlier start of the machine was, as well as that can be known.

    Where its readings do not fit between what was dated before them and the next start, they come right behind the
    former.
    """
    latest = next_start - SECOND - boot.last
    is_possible = EARLIEST_TIME <= boot.started + boot.first and boot.started <= latest
    found = boot.started if is_possible else latest
    # A reading of this start may have been dated already.
    return found if newest is None or newest > next_start else max(found, newest + SECOND - boot.first)
