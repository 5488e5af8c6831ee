"""Tells what is being measured while it runs."""

from __future__ import annotations

import time

_STARTED = time.monotonic()


def say(line: str) -> None:
    """Print a line with the time since the start."""
    minutes, seconds = divmod(int(time.monotonic() - _STARTED), 60)
    print(f"[{minutes:2}:{seconds:02}] {line}", flush=True)
