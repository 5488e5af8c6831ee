"""Checks this machine's clock, on which event times and token expiry depend, and those of devices."""

from __future__ import annotations

import ctypes
import tempfile
import time
from pathlib import Path

from iot_hub.database.queries import query
from iot_hub.operations.doctor.finding import DiagnosticContext, Finding, ok, problem, span, warning

WARNING_SECONDS = 2
_UNSYNCHRONISED = 0x40
"""STA_UNSYNC of adjtimex(2): what timedatectl calls "System clock synchronized: no"."""


class _Timex(ctypes.Structure):
    """The first fields of adjtimex(2)'s structure, and padding for the rest."""

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
    """Check that the machine's clock is synchronised (NTP)."""
    synchronised = is_synchronised()
    if synchronised is None:
        return ok("The kernel does not report whether the clock is synchronised.")
    if synchronised:
        return ok("The clock is synchronised.")
    return warning(
        "According to the kernel, this machine's clock is not synchronised.",
        "Run timedatectl set-ntp true, or install chrony; for a container, on its host.",
    )


def disk_clock(context: DiagnosticContext) -> Finding:
    """Check the clock of the state folder's disk, which may belong to another machine."""
    home = context.settings.home
    if not home.exists():
        return ok(f"{home} does not exist yet.")
    apart = seconds_apart(home)
    if apart <= WARNING_SECONDS:
        return ok("The clocks of this machine and of the state folder's disk agree.")
    return problem(
        f"The clocks of this machine and of the disk of {home} differ by {span(apart)}.",
        "Synchronise the machine that has the disk by NTP, too.",
    )


def device_clocks(context: DiagnosticContext) -> Finding:
    """Check the devices' clocks, by how their times differ from those of receipt."""
    wrong = context.database.execute(query("doctor_clocks")).fetchall()
    if not wrong:
        return ok("No device's clock is known to be wrong.")
    clocks = (f"{row['name']!r} is {_apart(row['clock_error'].total_seconds())}" for row in wrong)
    return warning(
        f"The clock of {', '.join(clocks)}.",
        "Set it: automatic time and time zone on a phone, NTP on a machine. Nothing that it has sent is corrected.",
    )


def _apart(seconds: float) -> str:
    return f"{span(abs(seconds))} {'ahead' if seconds > 0 else 'behind'}"


def is_synchronised() -> bool | None:
    """Return whether the kernel considers the clock synchronised; None if it does not say."""
    timex = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (AttributeError, OSError):
        return None
    return None if state < 0 else not timex.status & _UNSYNCHRONISED


def seconds_apart(folder: Path) -> float:
    """Return how far the time of a new file in a folder differs from this machine's clock."""
    before = time.time()
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b".")
        file.flush()
        made = Path(f"/proc/self/fd/{file.fileno()}").stat().st_mtime
    # A file's time lags by up to a tick of the kernel.
    return max(before - made - 0.1, made - time.time(), 0.0)
