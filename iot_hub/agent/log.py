"""What the agent says while it runs: lines with a time. Never a token, a position or an answer's body."""

from __future__ import annotations

import sys
import time


def say(line: str) -> None:
    """Say a line on standard error."""
    print(time.strftime("%Y-%m-%d %H:%M:%S"), line, file=sys.stderr, flush=True)
