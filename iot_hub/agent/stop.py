"""Ends a command by a signal: SIGINT or SIGTERM sets a flag that every wait looks at.

The work runs in a thread of its own and stops by itself at the next wait; what no flag can end, such as a name
server that does not answer, is left behind with the process.
"""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable
from types import FrameType

from iot_hub.waiting.stop_flag import StopFlag

GRACE_SECONDS = 3.0
"""For the work to end by itself. Readings are safe at any moment: what is cut off is repeated at the next start."""

STOP = StopFlag()
"""Set by the first signal of a command that runs by ``run_until_stopped``."""

_signals: list[int] = []


class Stopped(BaseException):
    """The work was asked to stop. Not an Exception: nothing that handles failures may take it for one."""


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
    ended = StopFlag()
    outcome: list[int | BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            outcome.append(error)
        finally:
            ended.set()

    STOP.set_on_signals(signal.SIGINT, signal.SIGTERM, handler=_end_at_second)
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


def _end_at_second(number: int, frame: FrameType | None) -> None:
    _signals.append(number)
    if len(_signals) > 1:
        os._exit(128 + number)
