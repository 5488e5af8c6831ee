"""What a test starts: its markers say it, and nothing of it is left behind."""

from __future__ import annotations

import subprocess
from typing import Any

import psutil
import pytest

_running: list[pytest.Item] = []
_lasting: set[int] = set()


def enter(item: pytest.Item) -> None:
    """Note which test runs."""
    _running[:] = [item]


def needs(marker: str) -> None:
    """Fail a test that starts something and does not have the marker for it."""
    if _running and not _running[0].get_closest_marker(marker):
        pytest.fail(f"This test needs @pytest.mark.{marker}, or pytestmark in its module: {_running[0].nodeid}")


def lasting(process: subprocess.Popen[Any]) -> None:
    """Note a process that lasts as long as the session."""
    _lasting.add(process.pid)


def end_what_is_left() -> list[str]:
    """Kill the children that a module's tests left; return their command lines."""
    left = []
    for child in psutil.Process().children():
        if child.pid not in _lasting and child.status() != psutil.STATUS_ZOMBIE:
            left.append(" ".join(child.cmdline()))
            child.kill()
    return left
