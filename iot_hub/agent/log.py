"""The agent's log: lines with a time. Never a token, a position or a response's body."""

from __future__ import annotations

import sys
import time


def log(line: str) -> None:
    """Log a line on standard error."""
    print(time.strftime("%Y-%m-%d %H:%M:%S"), line, file=sys.stderr, flush=True)
