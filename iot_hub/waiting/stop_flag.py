"""A flag that signals set, and that every wait can look at.

An exception that a signal raises may surface in a destructor or a callback, where Python prints and drops it; and a
threading.Event that a handler sets while the same thread holds its lock waits for ever. A pipe has neither fault.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from types import FrameType

Handler = Callable[[int, FrameType | None], None]


def _do_nothing(number: int, frame: FrameType | None) -> None:
    """Handle a signal: one that is ignored would not set the flag either."""


class StopFlag:
    """A flag that can be waited for together with files and sockets. Once set, it stays set."""

    def __init__(self) -> None:
        """Open the pipe that is readable once the flag is set."""
        self._readable, self._writable = os.pipe()
        os.set_blocking(self._writable, False)

    def fileno(self) -> int:
        """Return what ``select`` waits for."""
        return self._readable

    def set(self) -> None:
        """Set the flag."""
        os.write(self._writable, b"\0")

    def set_on_signals(self, *numbers: signal.Signals, handler: Handler = _do_nothing) -> None:
        """Set the flag on these signals, before a handler runs. Only one flag of a process can be set so."""
        # Written by the C handler itself: a signal that arrives just before select() is not missed.
        signal.set_wakeup_fd(self._writable, warn_on_full_buffer=False)
        for number in numbers:
            signal.signal(number, handler)

    def is_set(self) -> bool:
        """Return whether the flag is set."""
        return self.wait(0)

    def wait(self, seconds: float) -> bool:
        """Wait for the flag; return whether it is set."""
        return bool(select.select([self], [], [], seconds)[0])
