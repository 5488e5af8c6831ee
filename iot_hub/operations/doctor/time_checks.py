"""Whether the time is right on this machine: an event's time and a token's end rest on it."""

from __future__ import annotations

import ctypes
import tempfile
import time
from pathlib import Path

from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, problem, span, warning

UNEASY_SECONDS = 2
_UNSYNCHRONISED = 0x40
"""STA_UNSYNC of adjtimex(2): what timedatectl calls "System clock synchronized: no"."""


class _Timex(ctypes.Structure):
    """The head of adjtimex(2)'s structure, and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def time_service(_: DiagnosticContext) -> Finding:
    """Whether something keeps the machine's clock right (NTP)."""
    synchronised = is_synchronised()
    if synchronised is None:
        return ok("The kernel does not tell whether the clock is kept right.")
    if synchronised:
        return ok("A time service keeps the clock right.")
    return warning(
        "No time service keeps this machine's clock right, as far as the kernel knows.",
        "Start one: timedatectl set-ntp true, or install chrony. In a container see to the machine that it runs on.",
    )


def disk_clock(context: DiagnosticContext) -> Finding:
    """Whether the state folder's disk, which may be another machine's, tells the same time."""
    home = context.settings.home
    if not home.exists():
        return ok(f"There is no {home} yet.")
    apart = seconds_apart(home)
    if apart <= UNEASY_SECONDS:
        return ok("This machine and the disk of its state folder agree on the time.")
    return problem(
        f"This machine and the disk of {home} are {span(apart)} apart.",
        "Set the clock of the machine that holds the disk, by NTP as well.",
    )


def is_synchronised() -> bool | None:
    """Ask the kernel whether a time service sets the clock; None where it does not say."""
    told = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told))
    except (AttributeError, OSError):
        return None
    return None if state < 0 else not told.status & _UNSYNCHRONISED


def seconds_apart(folder: Path) -> float:
    """Give how far the time of a file that is made now in a folder is from this machine's."""
    before = time.time()
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b".")
        file.flush()
        made = Path(f"/proc/self/fd/{file.fileno()}").stat().st_mtime
    # A file's time is a tick of the kernel old.
    return max(before - made - 0.1, made - time.time(), 0.0)
