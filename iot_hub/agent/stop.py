"""Ends a command by a signal: a flag that every wait looks at, never an exception out of nowhere.

An exception that a signal raises may surface in a destructor or a callback, where Python prints and drops it.
So a signal only makes a pipe readable. The work runs in a thread of its own and stops by itself at the next
wait; what no flag can end, such as a name server that does not answer, is left behind with the process.
"""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable
from types import FrameType

GRACE_SECONDS = 3.0
"""For the work to end by itself. Readings are safe at any moment: what is cut off is repeated at the next start."""


class Stopped(BaseException):
    """The work was asked to stop. Not an Exception: nothing that handles failures may take it for one."""


class Flag:
    """A flag that can be waited for together with files and sockets. Once set, it stays set."""

    def __init__(self) -> None:
        """Open the pipe that is readable when the flag is set."""
        self._readable, self.write_end = os.pipe()
        os.set_blocking(self.write_end, False)

    def fileno(self) -> int:
        """Return what ``select`` waits for."""
        return self._readable

    def set(self) -> None:
        """Set the flag."""
        os.write(self.write_end, b"\0")

    def is_set(self) -> bool:
        """Return whether the flag is set."""
        return self.wait(0)

    def wait(self, seconds: float) -> bool:
        """Wait for the flag; return whether it is set."""
        return bool(select.select([self], [], [], seconds)[0])


STOP = Flag()
"""Set by the first SIGINT or SIGTERM of a command that runs by ``run_until_stopped``."""
_signals: list[int] = []


def wait_readable(file: int, seconds: float) -> bool:
    """Wait until a file or socket can be read; return whether it can. Raises Stopped."""
    readable = select.select([STOP.fileno(), file], [], [], max(seconds, 0))[0]
    if STOP.fileno() in readable:
        raise Stopped
    return bool(readable)


def is_readable(file: int, seconds: float) -> bool:
    """Wait until a file can be read, whatever the flag; return whether it can."""
    return bool(select.select([file], [], [], max(seconds, 0))[0])


def run_until_stopped(work: Callable[[], int]) -> int:
    """Run work until it ends or a signal asks it to; return its exit status, 0 where it was stopped.

    The second signal ends the process at once.
    """
    ended = Flag()
    outcome: list[int | BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            outcome.append(error)
        finally:
            ended.set()

    # Written by the C handler itself: a signal that arrives just before select() is not missed.
    signal.set_wakeup_fd(STOP.write_end, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _on_signal)
    threading.Thread(target=run, name="work", daemon=True).start()
    select.select([STOP, ended], [], [])
    if not ended.wait(GRACE_SECONDS):
        os._exit(0)
    [result] = outcome
    if isinstance(result, Stopped):
        return 0
    if isinstance(result, BaseException):
        raise result
    return 0 if STOP.is_set() else result


def _on_signal(number: int, frame: FrameType | None) -> None:
    """End the process at the second signal; the first has set the flag already."""
    _signals.append(number)
    if len(_signals) > 1:
        os._exit(128 + number)
