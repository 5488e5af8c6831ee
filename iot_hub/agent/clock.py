"""The time of a reading, on a machine whose clock may be wrong when it starts.

A Raspberry Pi has no clock that runs while it is off. It starts with the time at which it was last on, and is put right
when a network or a GPS receiver is there. So:

1. The machine's clock counts, if nothing says that it is not set yet. It is not where it is before 2024, where
   systemd-timesyncd runs and has not reached a server since the machine started, or where the owner says ``clock =
   "later"``.
2. Until it is set, a reading is kept with the time since the machine started. That clock never jumps.
3. The clock is known as soon as timesyncd has a server's time, the machine's clock is set by anybody else, a GPS
   receiver has a fix, or the hub has answered. Then every reading since the start gets its time, and only then does it
   leave the queue.
4. Where a machine is switched off before that, its readings get their time when the clock is known the next time
   (``settle.py``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from iot_hub.timestamps import SECOND, Microseconds

EARLIEST_TIME = 1_704_067_200 * SECOND
"""2024-01-01: an earlier time is that of a clock that was not set since the machine started."""
TIMESYNCD = Path("/run/systemd/timesync")
"""There while timesyncd runs; in it is a file ``synchronized`` as soon as it has a server's time
(systemd-timesyncd.service(8))."""
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
JUMP = 2 * SECOND
"""A machine's clock that moves further than this was set."""
AGREEMENT = 5 * SECOND
"""The hub's answer has whole seconds, and takes a while."""


def since_boot() -> Microseconds:
    """Return the time since the machine started; sleep counts, where the system has such a clock."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1000


def wall() -> Microseconds:
    """Return the time by the machine's clock."""
    return time.time_ns() // 1000


class Clock:
    """What is known of the time. Several threads may use it."""

    def __init__(
        self,
        *,
        trusted: bool = True,
        wall: Callable[[], Microseconds] = wall,
        since_boot: Callable[[], Microseconds] = since_boot,
    ) -> None:
        """Begin; ``trusted`` is false where the owner says that the clock is set later."""
        self._wall, self.since_boot = wall, since_boot
        self.boot = _boot_id()
        self._at_start = self.wall_offset()
        self._is_set = trusted and wall() >= EARLIEST_TIME and not _waits_for_timesyncd()
        self._learned: Microseconds | None = None

    def wall_offset(self) -> Microseconds:
        """Return when the machine started, by its own clock."""
        return self._wall() - self.since_boot()

    @property
    def is_trusted(self) -> bool:
        """Whether the machine's own clock is right, as far as anybody knows."""
        if not self._is_set and self._learned is None:
            self._is_set = self._wall() >= EARLIEST_TIME and (self._has_jumped() or _is_synchronized())
        return self._is_set

    def offset(self) -> Microseconds | None:
        """Return when the machine started; None while that is not known. With a time since then it is a reading's."""
        if self.is_trusted:
            return self.wall_offset()
        if self._learned is not None and _is_synchronized():
            # A server's time is better than a receiver's.
            self._is_set = True
            return self.wall_offset()
        return self._learned

    def learn(self, moment: Microseconds, at: Microseconds | None = None) -> None:
        """Learn the true time of a moment (``at``, since the start; now without it), if the clock is not known yet."""
        if self.offset() is not None or moment < EARLIEST_TIME:
            return
        found = moment - (self.since_boot() if at is None else at)
        if abs(found - self.wall_offset()) <= AGREEMENT:
            self._is_set = True
        else:
            self._learned = found

    def _has_jumped(self) -> bool:
        return abs(self.wall_offset() - self._at_start) > JUMP


def http_date(text: str | None) -> Microseconds | None:
    """Return the time of an HTTP ``Date`` (RFC 9110), the middle of its second; None where there is none."""
    try:
        moment = datetime.strptime(text or "", "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp() * SECOND) + SECOND // 2


def _waits_for_timesyncd() -> bool:
    return TIMESYNCD.is_dir() and not _is_synchronized()


def _is_synchronized() -> bool:
    return (TIMESYNCD / "synchronized").exists()


def _boot_id() -> str:
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
